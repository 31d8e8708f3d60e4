with email as (
    select * from {{ ref('customer_email_features') }}
),

thresholds as (
    {{ segmentation.settings(
        'segment_thresholds', ['minimum_opens'], "segment = 'email_openers_without_click'"
    ) }}
)

select email.customer_id
from email
cross join thresholds
where
    email.opens_90d >= thresholds.minimum_opens
    and email.clicks_90d = 0
