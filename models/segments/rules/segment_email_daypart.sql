with email as (
    select
        customer_id,
        preferred_hour,
        preferred_hour_share,
        case
            when preferred_hour between 5 and 10 then 'morning'
            when preferred_hour between 11 and 16 then 'midday'
            when preferred_hour between 17 and 21 then 'evening'
            when preferred_hour is not null then 'night'
        end as daypart
    from {{ ref('customer_email_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_share'], "segment = 'email_daypart'") }}
)

select
    email.customer_id,
    email.daypart as variant
from email
cross join thresholds
where
    email.preferred_hour is not null
    and email.preferred_hour_share >= thresholds.minimum_share
