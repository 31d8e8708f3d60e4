with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

orders as (
    select * from {{ ref('unified_orders') }}
),

refunds as (
    select
        refunds.source,
        refunds.order_id,
        cast(sum(refunds.refunded_cents) as bigint) as refunded_cents
    from {{ ref('order_refunds') }} as refunds
    cross join as_of
    where refunds.refunded_at < cast(as_of.as_of_on as timestamp)
    group by refunds.source, refunds.order_id
),

-- What the shop knew on the day: a later cancellation or refund had not happened yet.
purchases as (
    select
        orders.source,
        orders.order_id,
        orders.source_customer_id,
        orders.email,
        orders.ordered_at,
        cast(orders.ordered_at as date) as ordered_on,
        orders.exchange_rate,
        cast(orders.order_value * 100 as bigint) as order_cents,
        cast(orders.discount_value * 100 as bigint) as discount_cents,
        coalesce(refunds.refunded_cents, 0) as refunded_cents
    from orders
    cross join as_of
    left join refunds on orders.source = refunds.source and orders.order_id = refunds.order_id
    where
        orders.ordered_at < cast(as_of.as_of_on as timestamp)
        and not orders.is_test
        and orders.order_status != 'pending'
        and (orders.order_status != 'cancelled' or orders.cancelled_at >= cast(as_of.as_of_on as timestamp))
),

attributed as (
    select
        coalesce(by_record.customer_id, by_email.customer_id) as customer_id,
        purchases.source,
        purchases.order_id,
        purchases.ordered_at,
        purchases.ordered_on,
        purchases.exchange_rate,
        purchases.order_cents,
        purchases.discount_cents,
        purchases.refunded_cents
    from purchases
    left join {{ ref('customer_identifiers') }} as by_record
        on
            by_record.identifier_type = 'customer_id'
            and purchases.source = by_record.source
            and purchases.source_customer_id = by_record.identifier_value
    left join {{ ref('customer_identifiers') }} as by_email
        on
            by_email.identifier_type = 'email'
            and purchases.email = by_email.identifier_value
)

select * from attributed
where customer_id is not null
