{{ config(schema='internal') }}

with orders as (
    select * from {{ ref('customer_orders') }}
),

lines as (
    select * from {{ ref('unified_order_lines') }}
),

products as (
    select * from {{ ref('unified_products') }}
),

final as (
    select
        orders.customer_id,
        coalesce(products.category, 'uncategorised') as category,
        orders.ordered_on,
        count(*) as order_lines,
        cast(sum(lines.quantity) as bigint) as quantity,
        cast(sum(cast(round(lines.line_amount * orders.exchange_rate * 100, 0) as bigint)) as bigint) as revenue_cents
    from lines
    inner join orders
        on lines.source = orders.source and lines.order_id = orders.order_id
    left join products
        on lines.source = products.source and lines.product_id = products.product_id
    group by orders.customer_id, coalesce(products.category, 'uncategorised'), orders.ordered_on
)

select * from final
