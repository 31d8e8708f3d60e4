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
        days.email,
        max(days.unsubscribed_at) as unsubscribed_at,
        max(days.complained_at) as complained_at,
        max(days.bounced_at) as bounced_at
    from {{ ref('email_days') }} as days
    cross join as_of
    where
        days.occurred_on < as_of.as_of_on
        and coalesce(days.unsubscribed_at, days.complained_at, days.bounced_at) is not null
    group by days.email
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
