{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_orders'], "segment = 'single_category_buyers'") }}
)

select features.customer_id
from features
cross join thresholds
where
    features.orders >= thresholds.minimum_orders
    and features.categories_bought = 1
