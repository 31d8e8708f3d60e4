{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings(
        'segment_thresholds', ['minimum_orders', 'minimum_discounted_share'], "segment = 'discount_hunters'"
    ) }}
)

select features.customer_id
from features
cross join thresholds
where
    features.orders >= thresholds.minimum_orders
    and features.discounted_order_share >= thresholds.minimum_discounted_share
