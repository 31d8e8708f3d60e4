{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_orders'], "segment = 'high_frequency'") }}
)

select features.customer_id
from features
cross join thresholds
where features.orders_365d >= thresholds.minimum_orders
