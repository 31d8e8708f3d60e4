{{ config(enabled=segmentation.is_switched_on(model)) }}

with web as (
    select * from {{ ref('customer_web_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_sessions'], "segment = 'frequent_visitors'") }}
)

select web.customer_id
from web
cross join thresholds
where web.sessions_30d >= thresholds.minimum_sessions
