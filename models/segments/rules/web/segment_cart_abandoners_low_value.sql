{{ config(enabled=segmentation.is_switched_on(model)) }}

with web as (
    select * from {{ ref('customer_web_features') }}
),

thresholds as (
    {{ segmentation.settings(
        'segment_thresholds', ['within_days', 'high_value'], "segment = 'cart_abandoners_low_value'"
    ) }}
)

select web.customer_id
from web
cross join thresholds
where
    web.days_since_abandoned_cart <= thresholds.within_days
    and web.last_abandoned_cart_value < thresholds.high_value
