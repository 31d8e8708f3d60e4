with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

orders as (
    select * from {{ ref('customer_orders') }}
),

lines as (
    select * from {{ ref('unified_order_lines') }}
),

products as (
    select * from {{ ref('unified_products') }}
),

line_refunds as (
    select
        refunds.source,
        refunds.order_id,
        refunds.line_number,
        cast(sum(refunds.told_cents) as bigint) as refunded_cents
    from {{ ref('order_refunds') }} as refunds
    cross join as_of
    where refunds.line_number is not null and refunds.refunded_at < cast(as_of.as_of_on as timestamp)
    group by refunds.source, refunds.order_id, refunds.line_number
),

valued as (
    select
        orders.customer_id,
        coalesce(products.category, 'uncategorised') as category,
        orders.ordered_on,
        lines.quantity,
        {{ segmentation.converted_cents('lines.line_amount', 'orders.exchange_rate') }} as line_cents,
        coalesce(line_refunds.refunded_cents, 0) as refunded_cents
    from lines
    inner join orders
        on lines.source = orders.source and lines.order_id = orders.order_id
    left join line_refunds
        on
            lines.source = line_refunds.source
            and lines.order_id = line_refunds.order_id
            and lines.line_number = line_refunds.line_number
    left join products
        on lines.source = products.source and lines.product_id = products.product_id
    -- Of an order that was paid back in full nothing was bought.
    where orders.order_cents = 0 or orders.refunded_cents < orders.order_cents
),

-- A line that was sent back leaves.
final as (
    select
        customer_id,
        category,
        ordered_on,
        count(*) as order_lines,
        cast(sum(quantity) as numeric(18, 4)) as quantity,
        cast(sum(line_cents - refunded_cents) as bigint) as revenue_cents
    from valued
    where refunded_cents = 0 or refunded_cents < line_cents
    group by customer_id, category, ordered_on
)

select * from final
