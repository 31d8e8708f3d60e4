select
    order_id,
    source_customer_id,
    min(invoiced_at) as ordered_at,
    'completed' as order_status,
    'GBP' as currency,
    sum(line_amount) as order_amount
from {{ ref('base_online_retail__lines') }}
where line_type = 'sale'
group by order_id, source_customer_id
