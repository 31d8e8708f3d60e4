select distinct source_customer_id
from {{ ref('base_cdnow__purchases') }}
