select customer_id
from {{ ref('segmentation', 'customer_features') }}
where net_revenue >= 50
