{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select
        customer_id,
        {{ segmentation.days_between('signed_up_on', 'as_of_on') }} as days_since_signup
    from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['within_days'], "segment = 'welcome_window'") }}
)

select features.customer_id
from features
cross join thresholds
where features.days_since_signup <= thresholds.within_days
