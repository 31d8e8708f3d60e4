with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

items as (
    select * from {{ ref('customer_web_items') }}
    where item_type = 'product' and cart_additions = 0
),

products as (
    select * from {{ ref('unified_products') }}
),

rates as (
    select * from {{ ref('exchange_rate_periods') }}
),

last_orders as (
    select
        customer_id,
        max(ordered_at) as last_ordered_at
    from {{ ref('customer_placed_orders') }}
    group by customer_id
),

-- At today's rate: what the product costs now is what the person would pay.
final as (
    select
        items.customer_id,
        items.source,
        items.item as product_id,
        {{ segmentation.converted_value('products.unit_price', 'rates.exchange_rate') }} as price,
        items.last_occurred_at as last_viewed_at,
        {{ segmentation.days_between('cast(items.last_occurred_at as date)', 'as_of.as_of_on') }} as days_since_last_view,
        coalesce(last_orders.last_ordered_at >= items.last_occurred_at, false) as has_ordered_since
    from items
    cross join as_of
    left join products
        on items.source = products.source and items.item = products.product_id
    left join rates
        on
            products.currency = rates.currency
            and cast(as_of.as_of_on as timestamp) >= rates.valid_from
            and cast(as_of.as_of_on as timestamp) < rates.valid_to
    left join last_orders on items.customer_id = last_orders.customer_id
)

select * from final
