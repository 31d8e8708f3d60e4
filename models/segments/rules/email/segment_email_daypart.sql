{{ config(enabled=segmentation.is_switched_on(model)) }}

with email as (
    select
        customer_id,
        preferred_hour,
        preferred_hour_is_everybodys_because,
        case
            when preferred_hour between 5 and 10 then 'morning'
            when preferred_hour between 11 and 16 then 'midday'
            when preferred_hour between 17 and 21 then 'evening'
            when preferred_hour is not null then 'night'
        end as daypart
    from {{ ref('customer_email_features') }}
)

select
    customer_id,
    daypart as variant
from email
where
    daypart is not null
    and preferred_hour_is_everybodys_because is null
