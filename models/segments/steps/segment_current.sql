{% set names = segmentation.segment_names() %}

-- depends_on: {{ ref('segment_slugs') }}
with found as (
    {% for name in names %}
    {% if segmentation.is_family(name) %}
    -- Variants that differ in case or blanks only are one segment.
    select
        '{{ name }}_' || slugs.slug as segment,
        '{{ name }}' as rule_name,
        min(slugs.variant) as variant,
        rule.customer_id
    from {{ ref('segment_' ~ name) }} as rule
    inner join {{ ref('segment_slugs') }} as slugs on rule.variant = slugs.variant
    group by slugs.slug, rule.customer_id
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
),

exclusions as (
    {% for rule_name, excluded_rule in segmentation.exclusion_pairs() %}
    select
        '{{ rule_name }}' as rule_name,
        '{{ excluded_rule }}' as excluded_rule
    {{ 'union all' if not loop.last }}
    {% else %}
    select
        rule_name,
        rule_name as excluded_rule
    from found
    where false
    {% endfor %}
),

-- Whoever the excluded rules found by themselves: exclusions do not undo each other, whatever their order.
excluded as (
    select distinct
        exclusions.rule_name,
        found.customer_id
    from exclusions
    inner join found on exclusions.excluded_rule = found.rule_name
),

final as (
    select found.*
    from found
    left join excluded
        on found.rule_name = excluded.rule_name and found.customer_id = excluded.customer_id
    where excluded.customer_id is null
)

select * from final
