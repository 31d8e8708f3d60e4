{{ config(enabled=segmentation.is_switched_on(model)) }}

with browsed as (
    select * from {{ ref('customer_browsed_products') }}
),

thresholds as (
    {{ segmentation.settings(
        'segment_thresholds', ['within_days', 'high_value'], "segment = 'browse_abandoners_low_value'"
    ) }}
),

-- Only what was seen in these days and not answered by an order tells the price.
lately as (
    select
        browsed.customer_id,
        max(browsed.price) as highest_price
    from browsed
    cross join thresholds
    where
        browsed.days_since_last_view <= thresholds.within_days
        and not browsed.has_ordered_since
    group by browsed.customer_id
)

select lately.customer_id
from lately
cross join thresholds
where lately.highest_price < thresholds.high_value
