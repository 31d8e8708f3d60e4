with browsed as (
    select * from {{ ref('customer_browsed_products') }}
),

features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings(
        'segment_thresholds', ['within_days', 'high_value'], "segment = 'browse_abandoners_low_value'"
    ) }}
)

select browsed.customer_id
from browsed
inner join features on browsed.customer_id = features.customer_id
cross join thresholds
where
    browsed.days_since_last_view <= thresholds.within_days
    and browsed.highest_price < thresholds.high_value
    and browsed.days_since_last_view < coalesce(features.days_since_last_order, 9999)
