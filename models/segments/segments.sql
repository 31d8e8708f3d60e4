with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

definitions as (
    select * from {{ ref('segment_definitions') }}
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
        coalesce(members.segment, definitions.rule_name) as segment,
        case when members.variant is null then definitions.title else definitions.title || ' ' || members.variant end as title,
        definitions.description,
        definitions.owner,
        definitions.kind,
        definitions.purpose,
        definitions.rule_name,
        case when definitions.is_family then definitions.rule_name end as family,
        members.variant,
        definitions.is_exclusive,
        definitions.priority,
        definitions.re_entry,
        definitions.excludes,
        definitions.large_because,
        'segment_' || definitions.rule_name as model_name,
        cast(coalesce(members.members, 0) as bigint) as members,
        cast(coalesce({{ segmentation.share('members.members', 'customers.customers') }}, 0) as numeric(9, 6)) as share,
        as_of.as_of_on
    from definitions
    left join members on definitions.rule_name = members.rule_name
    cross join customers
    cross join as_of
    where not definitions.is_family or members.segment is not null
)

select * from final
