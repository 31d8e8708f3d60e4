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

bought as (
    select
        orders.customer_id,
        coalesce(products.category, 'uncategorised') as category,
        orders.ordered_on,
        lines.quantity,
        cast(round(lines.line_amount * orders.exchange_rate * 100, 0) as bigint) as line_cents
    from lines
    inner join orders
        on lines.source = orders.source and lines.order_id = orders.order_id
    left join products
        on lines.source = products.source and lines.product_id = products.product_id
),

summed as (
    select
        customer_id,
        category,
        count(*) as order_lines,
        cast(sum(quantity) as bigint) as quantity,
        cast(sum(line_cents) as bigint) as revenue_cents,
        min(ordered_on) as first_bought_on,
        max(ordered_on) as last_bought_on
    from bought
    group by customer_id, category
),

final as (
    select
        summed.*,
        row_number() over (
            partition by customer_id
            order by revenue_cents desc, order_lines desc, category
        ) as category_rank
    from summed
)

select * from final
