with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

definitions as (
    select * from {{ ref('segment_definitions') }}
),

permissions as (
    select
        customer_id,
        purpose
    from {{ ref('email_permissions') }}
    where is_permitted
),

-- Families make a segment for each variant that has members; the others exist even when empty.
members as (
    select
        found.segment,
        found.rule_name,
        min(found.variant) as variant,
        count(*) as members,
        count(permissions.customer_id) as mailable_members
    from {{ ref('segment_current') }} as found
    inner join definitions on found.rule_name = definitions.rule_name
    left join permissions
        on found.customer_id = permissions.customer_id and definitions.purpose = permissions.purpose
    group by found.segment, found.rule_name
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
        cast(coalesce(members.mailable_members, 0) as bigint) as mailable_members,
        cast(coalesce({{ segmentation.share('members.members', 'customers.customers') }}, 0) as numeric(9, 6)) as share,
        as_of.as_of_on
    from definitions
    left join members on definitions.rule_name = members.rule_name
    cross join customers
    cross join as_of
    where not definitions.is_family or members.segment is not null
)

select * from final
