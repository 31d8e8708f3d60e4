{{ config(enabled=segmentation.is_switched_on(model)) }}

with email as (
    select * from {{ ref('customer_email_features') }}
),

thresholds as (
    {{ segmentation.settings(
        'segment_thresholds', ['highly', 'moderately', 'never_mails'], "segment = 'email_engagement'"
    ) }}
),

tiers as (
    select
        email.customer_id,
        case
            -- Machines opened for this person: whether the person did, nobody knows.
            when email.last_engaged_on is null and email.machine_opens > 0 then 'unknown'
            when email.days_since_engaged > 90 and email.machine_opens_90d > 0 then 'unknown'
            when email.last_engaged_on is null and greatest(email.delivered, email.mails_180d) >= thresholds.never_mails
                then 'never'
            when email.days_since_engaged > 180 then 'sleeping 180 days'
            when email.days_since_engaged > 90 then 'sleeping 90 days'
            when email.engagement_rate_90d >= thresholds.highly then 'highly'
            when email.engagement_rate_90d >= thresholds.moderately then 'moderately'
            when email.days_since_engaged <= 90 then 'barely'
        end as email_engagement_tier,
        email.delivered,
        email.mails_180d,
        email.machine_opens,
        email.machine_opens_90d,
        email.days_since_engaged,
        email.engagement_rate_90d
    from email
    cross join thresholds
)

select
    customer_id,
    email_engagement_tier as variant
from tiers
where email_engagement_tier is not null
