{{ config(enabled=segmentation.is_switched_on(model)) }}

with email as (
    select * from {{ ref('customer_email_features') }}
),

-- Another row of the seed makes another segment.
thresholds as (
    select
        setting as within_days,
        cast(cast(setting as integer) as {{ dbt.type_string() }}) || ' days' as within_text
    from {{ segmentation.segment_thresholds() }}
    where segment = 'email_engaged'
)

select
    email.customer_id,
    thresholds.within_text as variant
from email
cross join thresholds
where email.days_since_engaged <= thresholds.within_days
