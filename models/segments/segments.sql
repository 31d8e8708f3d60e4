{% set names = segmentation.segment_names() %}

with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

-- What the models say about themselves.
described as (
    {% for name in names %}
    {% set node = segmentation.segment_node(name) if execute else {} %}
    {% set meta = node.config.meta if execute else {} %}
    select
        '{{ name }}' as rule_name,
        {{ segmentation.text_literal(meta.get('title', name)) }} as title,
        {{ segmentation.text_literal(node.description | default('', true)) }} as description,
        {{ segmentation.text_literal(meta.get('owner', '')) }} as owner,
        {{ segmentation.text_literal(meta.get('kind', 'custom')) }} as kind,
        {{ segmentation.text_literal(meta.get('purpose', var('segmentation_default_purpose'))) }} as purpose,
        {{ 'true' if meta.get('family') else 'false' }} as is_family
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Families make a segment for each variant that has members; the others exist even when empty.
members as (
    select
        segment,
        rule_name,
        min(variant) as variant,
        count(*) as members
    from {{ ref('segment_current') }}
    group by segment, rule_name
),

customers as (
    select count(*) as customers from {{ ref('customer_features') }}
),

final as (
    select
        coalesce(members.segment, described.rule_name) as segment,
        case when members.variant is null then described.title else described.title || ' ' || members.variant end as title,
        described.description,
        described.owner,
        described.kind,
        described.purpose,
        case when described.is_family then described.rule_name end as family,
        members.variant,
        'segment_' || described.rule_name as model_name,
        cast(coalesce(members.members, 0) as bigint) as members,
        cast(coalesce({{ segmentation.share('members.members', 'customers.customers') }}, 0) as numeric(9, 6)) as share,
        as_of.as_of_on
    from described
    left join members on described.rule_name = members.rule_name
    cross join customers
    cross join as_of
    where not described.is_family or members.segment is not null
)

select * from final
