{{ config(enabled=segmentation.is_switched_on(model)) }}

with email as (
    select * from {{ ref('customer_email_features') }}
)

select email.customer_id
from email
where email.frequency_tolerance = 'low'
