select
    source_customer_id || '-' || row_number() over (
        partition by source_customer_id order by ordered_at, cds, order_amount
    ) as order_id,
    source_customer_id,
    ordered_at,
    'completed' as order_status,
    'USD' as currency,
    order_amount
from {{ ref('base_cdnow__purchases') }}
