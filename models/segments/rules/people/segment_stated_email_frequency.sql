{{ config(enabled=segmentation.is_switched_on(model)) }}

with preferences as (
    select * from {{ ref('customer_preferences') }}
)

select
    customer_id,
    stated_email_frequency as variant
from preferences
where stated_email_frequency is not null
