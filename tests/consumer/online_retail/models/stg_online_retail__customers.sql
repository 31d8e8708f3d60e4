select
    source_customer_id,
    max_by(country, (invoiced_at, country)) as country
from {{ ref('base_online_retail__lines') }}
where source_customer_id is not null
group by source_customer_id
