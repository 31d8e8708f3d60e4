{{ config(schema='internal') }}

{% set names = segmentation.segment_names() %}

with members as (
    {% for name in names %}
    {% if segmentation.is_family(name) %}
    select distinct
        '{{ name }}_' || {{ segmentation.slug('variant') }} as segment,
        '{{ name }}' as rule_name,
        cast(variant as {{ dbt.type_string() }}) as variant,
        customer_id
    from {{ ref('segment_' ~ name) }}
    {% else %}
    select distinct
        '{{ name }}' as segment,
        '{{ name }}' as rule_name,
        cast(null as {{ dbt.type_string() }}) as variant,
        customer_id
    from {{ ref('segment_' ~ name) }}
    {% endif %}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from members
