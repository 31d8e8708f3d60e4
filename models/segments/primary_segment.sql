with members as (
    select
        segment,
        customer_id
    from {{ ref('segment_members') }}
),

segments as (
    select
        segment,
        title,
        rule_name,
        priority,
        as_of_on
    from {{ ref('segments') }}
    where priority is not null
),

ranked as (
    select
        members.customer_id,
        segments.as_of_on,
        segments.segment,
        segments.title,
        segments.rule_name,
        segments.priority,
        row_number() over (
            partition by members.customer_id
            order by segments.priority, segments.segment
        ) as priority_rank,
        count(*) over (partition by members.customer_id) as competing_segments
    from members
    inner join segments on members.segment = segments.segment
),

final as (
    select
        customer_id,
        as_of_on,
        segment,
        title,
        rule_name,
        priority,
        cast(competing_segments as bigint) as competing_segments
    from ranked
    where priority_rank = 1
)

select * from final
