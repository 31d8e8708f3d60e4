{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['within_days'], "segment = 'first_time_buyers'") }}
)

-- Every buyer is a first-time, a one-time or a repeat buyer.
select features.customer_id
from features
cross join thresholds
where
    features.orders > 0
    and features.kept_purchase_days <= 1
    and (features.kept_purchase_days = 0 or features.days_since_first_kept_order > thresholds.within_days)
