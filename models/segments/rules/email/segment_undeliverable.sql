{{ config(enabled=segmentation.is_switched_on(model)) }}

with email as (
    select * from {{ ref('customer_email_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_soft_mails'], "segment = 'undeliverable'") }}
)

-- A full mailbox bounces once or twice and is emptied again.
select email.customer_id
from email
cross join thresholds
where
    email.bounces_180d >= 1
    and email.bounces_180d >= email.mails_180d
    and (email.hard_bounces_180d >= 1 or email.returned_mails_180d >= thresholds.minimum_soft_mails)
