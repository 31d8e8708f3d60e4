{{ config(materialized='table', post_hook="{{ segmentation.stop_on_missing_rate(this) }}") }}

with orders as (
    select * from {{ ref('unified_orders') }}
),

refunds as (
    select * from {{ ref('unified_refunds') }}
),

rates as (
    select * from {{ ref('exchange_rate_periods') }}
),

-- At the rate of the order, so that what is paid back in full leaves nothing.
single as (
    select
        orders.source,
        orders.order_id,
        refunds.refund_id,
        refunds.line_number,
        refunds.refunded_at,
        orders.ordered_at,
        coalesce(refunds.currency, orders.currency) as currency,
        rates.exchange_rate,
        {{ segmentation.exact_value('refunds.refund_amount', 'rates.exchange_rate') }} as exact_value,
        {{ segmentation.exact_value('orders.order_amount', 'orders.exchange_rate') }} as exact_order_value
    from refunds
    inner join orders
        on refunds.source = orders.source and refunds.order_id = orders.order_id
    left join rates
        on
            coalesce(refunds.currency, orders.currency) = rates.currency
            and orders.ordered_at >= rates.valid_from
            and orders.ordered_at < rates.valid_to
),

running as (
    select
        single.*,
        least(
            sum(exact_value) over (
                partition by source, order_id
                order by refunded_at, refund_id
                rows between unbounded preceding and current row
            ),
            exact_order_value
        ) as exact_total
    from single
),

rounded as (
    select
        running.*,
        cast(round(exact_value, 2) * 100 as bigint) as told_cents,
        cast(round(exact_total, 2) * 100 as bigint) as total_cents
    from running
),

told as (
    select distinct
        source,
        order_id
    from refunds
),

final as (
    select
        source,
        order_id,
        refund_id,
        line_number,
        refunded_at,
        ordered_at,
        currency,
        exchange_rate,
        told_cents,
        total_cents - coalesce(
            lag(total_cents) over (partition by source, order_id order by refunded_at, refund_id), 0
        ) as refunded_cents
    from rounded

    union all

    -- An order of which the table says nothing: what the order says of itself.
    select
        orders.source,
        orders.order_id,
        cast(null as {{ dbt.type_string() }}) as refund_id,
        cast(null as integer) as line_number,
        coalesce(orders.refunded_at, orders.ordered_at) as refunded_at,
        orders.ordered_at,
        orders.currency,
        orders.exchange_rate,
        cast(orders.refunded_value * 100 as bigint) as told_cents,
        cast(orders.refunded_value * 100 as bigint) as refunded_cents
    from orders
    left join told on orders.source = told.source and orders.order_id = told.order_id
    where orders.refunded_value > 0 and told.order_id is null
)

select * from final
