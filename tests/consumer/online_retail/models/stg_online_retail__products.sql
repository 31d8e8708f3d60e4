select
    product_id,
    max_by(product_name, (invoiced_at, product_name)) as product_name,
    case when regexp_matches(product_id, '^[0-9]{5}') then 'merchandise' else 'charges and vouchers' end as category
from {{ ref('base_online_retail__lines') }}
where line_type = 'sale'
group by product_id
