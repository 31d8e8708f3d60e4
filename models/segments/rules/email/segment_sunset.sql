{{ config(enabled=segmentation.is_switched_on(model)) }}

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
    email.mails_180d >= thresholds.minimum_mails
    and email.days_silent > thresholds.silent_days
    -- Of whom machines open for, nobody knows whether they are silent.
    and email.machine_opens_180d = 0
    and (email.machine_opens = 0 or email.last_engaged_on is not null)
    and coalesce(features.days_since_last_order, 9999) > thresholds.silent_days
    and web.sessions_90d = 0
