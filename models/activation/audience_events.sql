with events as (
    select * from {{ ref('told_events') }}
),

permitted as (
    select * from {{ ref('permitted_members') }}
),

final as (
    select
        events.event_id,
        events.segment as audience,
        events.customer_id,
        permitted.email,
        events.event,
        events.occurred_on
    from events
    inner join permitted on events.segment = permitted.segment and events.customer_id = permitted.customer_id
)

select * from final
