{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_refunded_orders', 'minimum_refund_share'], "segment = 'frequent_returners'") }}
)

select features.customer_id
from features
cross join thresholds
where
    features.refunded_orders >= thresholds.minimum_refunded_orders
    and features.refund_share >= thresholds.minimum_refund_share
