{#- Which rules are families is known only when dbt runs, on what a model depends before. -#}
{% set families = [] %}
{% for name in segmentation.segment_names() %}
-- depends_on: {{ ref('segment_' ~ name) }}
{% do families.append(name) if segmentation.is_family(name) %}
{% endfor %}
with variants as (
    {% for name in families %}
    select cast(variant as {{ dbt.type_string() }}) as variant from {{ ref('segment_' ~ name) }}
    {{ segmentation.union_distinct() if not loop.last }}
    {% else %}
    select {{ segmentation.null_text() }} as variant
    {% endfor %}
),

folded as (
    select
        variant,
        {{ segmentation.folded_text('variant') }} as folded_variant
    from variants
    where variant is not null
),

final as (
    select distinct
        variant,
        {{ segmentation.slug('folded_variant') }} as slug
    from folded
)

select * from final
