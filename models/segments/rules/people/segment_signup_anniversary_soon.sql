{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['within_days'], "segment = 'signup_anniversary_soon'") }}
)

select features.customer_id
from features
cross join thresholds
where features.next_signup_anniversary_in_days <= thresholds.within_days
