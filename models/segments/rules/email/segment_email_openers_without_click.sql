{{ config(enabled=segmentation.is_switched_on(model)) }}

with email as (
    select * from {{ ref('customer_email_features') }}
),

thresholds as (
    {{ segmentation.settings(
        'segment_thresholds', ['minimum_opened_mails'], "segment = 'email_openers_without_click'"
    ) }}
)

select email.customer_id
from email
cross join thresholds
where
    email.opened_mails_90d >= thresholds.minimum_opened_mails
    and email.clicks_90d = 0
