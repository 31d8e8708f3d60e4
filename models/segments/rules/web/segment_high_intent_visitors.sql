{{ config(enabled=segmentation.is_switched_on(model)) }}

with web as (
    select * from {{ ref('customer_web_features') }}
),

thresholds as (
    {{ segmentation.settings(
        'segment_thresholds', ['minimum_product_views'], "segment = 'high_intent_visitors'"
    ) }}
)

select web.customer_id
from web
cross join thresholds
where
    web.product_views_7d >= thresholds.minimum_product_views
    and web.carts_30d = 0
