{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['within_days'], "segment = 'first_time_buyers'") }}
)

select features.customer_id
from features
cross join thresholds
where
    features.kept_purchase_days = 1
    and features.days_since_first_kept_order <= thresholds.within_days
