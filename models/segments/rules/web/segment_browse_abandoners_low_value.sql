{{ config(enabled=segmentation.is_switched_on(model)) }}

with browsed as (
    select * from {{ ref('customer_browsed_products') }}
),

thresholds as (
    {{ segmentation.settings(
        'segment_thresholds', ['within_days', 'high_value'], "segment = 'browse_abandoners_low_value'"
    ) }}
)

select browsed.customer_id
from browsed
cross join thresholds
where
    browsed.days_since_last_view <= thresholds.within_days
    and browsed.highest_price < thresholds.high_value
    and not browsed.has_ordered_since
