select customer_id, case when orders = 0 then 'prospect' when orders > 5 then 'loyal' else 'active' end as lifecycle_stage
from {{ ref('customer_features') }}
