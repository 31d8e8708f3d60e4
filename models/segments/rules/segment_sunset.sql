with email as (
    select * from {{ ref('customer_email_features') }}
),

web as (
    select * from {{ ref('customer_web_features') }}
),

features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_mails', 'silent_days'], "segment = 'sunset'") }}
)

select email.customer_id
from email
inner join web on email.customer_id = web.customer_id
inner join features on email.customer_id = features.customer_id
cross join thresholds
where
    email.delivered_180d >= thresholds.minimum_mails
    and coalesce(email.days_since_engaged, 9999) > thresholds.silent_days
    and coalesce(features.days_since_last_order, 9999) > thresholds.silent_days
    and web.sessions_90d = 0
