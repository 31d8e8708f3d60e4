{{ config(enabled=segmentation.is_switched_on(model)) }}

with email as (
    select
        customer_id,
        {{ segmentation.days_between('last_sent_on', 'as_of_on') }} as days_since_last_mail
    from {{ ref('customer_email_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_days'], "segment = 'not_mailed'") }}
)

select email.customer_id
from email
cross join thresholds
where email.days_since_last_mail is null or email.days_since_last_mail > thresholds.minimum_days
