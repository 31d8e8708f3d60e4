select
    user_id as source_customer_id,
    min(acquisition_channel) as signup_source
from {{ source('ecom_clickstream', 'events') }}
group by user_id
