{{ config(enabled=segmentation.is_switched_on(model)) }}

with clicks as (
    select * from {{ ref('customer_email_clicks') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_clicks'], "segment = 'email_click_interest'") }}
)

select
    clicks.customer_id,
    clicks.link_category as variant
from clicks
cross join thresholds
where clicks.clicks_180d >= thresholds.minimum_clicks
