select distinct
    customer_id as source_customer_id,
    email,
    first_name,
    last_name
from {{ source('rfm_orders', 'orders') }}
