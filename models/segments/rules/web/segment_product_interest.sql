{{ config(enabled=segmentation.is_switched_on(model)) }}

with views as (
    select
        customer_id,
        max(events) as most_views_of_one_product
    from {{ ref('customer_web_items') }}
    where item_type = 'product' and cart_additions = 0
    group by customer_id
),

features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_views'], "segment = 'product_interest'") }}
)

select views.customer_id
from views
inner join features on views.customer_id = features.customer_id
cross join thresholds
where
    views.most_views_of_one_product >= thresholds.minimum_views
    and features.orders_30d = 0
