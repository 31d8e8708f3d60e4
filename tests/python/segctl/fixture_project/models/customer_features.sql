select
    customer_id,
    orders::integer as orders,
    revenue::numeric(18, 2) as revenue,
    country,
    last_order_on::date as last_order_on,
    (select as_of_on from {{ ref('as_of_day') }}) - last_order_on::date as days_since_last_order
from {{ ref('people') }}
