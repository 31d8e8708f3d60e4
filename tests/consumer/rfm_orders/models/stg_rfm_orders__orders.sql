select
    customer_id || ' ' || row_number() over (
        partition by customer_id order by order_date, revenue
    ) as order_id,
    customer_id as source_customer_id,
    email,
    order_date as ordered_at,
    'completed' as order_status,
    'USD' as currency,
    revenue as order_amount
from {{ source('rfm_orders', 'orders') }}
