{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select
        customer_id,
        as_of_on,
        first_order_on,
        {{ segmentation.next_anniversary_years('first_order_on', 'as_of_on') }} as next_years
    from {{ ref('customer_features') }}
    where orders > 0
),

anniversaries as (
    select
        customer_id,
        {{ segmentation.days_between('as_of_on', segmentation.anniversary('first_order_on', 'next_years')) }} as anniversary_in_days
    from features
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['within_days'], "segment = 'first_order_anniversary_soon'") }}
)

select anniversaries.customer_id
from anniversaries
cross join thresholds
where anniversaries.anniversary_in_days <= thresholds.within_days
