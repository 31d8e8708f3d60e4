select
    order_id,
    source_customer_id,
    cast(ordered_on as timestamp) as ordered_at,
    'completed' as order_status,
    currency,
    order_amount
from (values
    ('1', 'ann', '2026-01-05', 'XTS', 100),
    ('2', 'bob', '2026-01-06', 'XTS', 20),
    ('3', 'ann', '2026-01-07', 'EUR', 30)
) as orders (order_id, source_customer_id, ordered_on, currency, order_amount)
