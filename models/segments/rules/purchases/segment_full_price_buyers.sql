{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_orders', 'maximum_discounted_share'], "segment = 'full_price_buyers'") }}
)

select features.customer_id
from features
cross join thresholds
where
    features.orders >= thresholds.minimum_orders
    and features.discounted_order_share <= thresholds.maximum_discounted_share
