{{ config(schema='internal') }}

with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

identifiers as (
    select * from {{ ref('customer_identifiers') }}
    where identifier_type = 'email'
),

signals as (
    select
        events.email,
        max(case when events.event_type = 'unsubscribe' then events.occurred_at end) as unsubscribed_at,
        max(case when events.event_type = 'complaint' then events.occurred_at end) as complained_at,
        -- A bounce that does not say that it was soft is taken as hard.
        max(case when events.event_type = 'bounce' and coalesce(events.bounce_type, 'hard') != 'soft' then events.occurred_at end)
            as bounced_at
    from {{ ref('unified_email_events') }} as events
    cross join as_of
    where
        events.event_type in ('unsubscribe', 'complaint', 'bounce')
        and events.occurred_at < as_of.as_of_on
    group by events.email
),

final as (
    select
        identifiers.customer_id,
        signals.email,
        signals.unsubscribed_at,
        signals.complained_at,
        signals.bounced_at
    from signals
    inner join identifiers on signals.email = identifiers.identifier_value
)

select * from final
