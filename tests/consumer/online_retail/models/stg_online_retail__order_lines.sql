select
    order_id,
    row_number() over (partition by order_id order by product_id, quantity, unit_price) as line_number,
    product_id,
    quantity,
    unit_price,
    line_amount
from {{ ref('base_online_retail__lines') }}
where line_type in ('sale', 'return')
