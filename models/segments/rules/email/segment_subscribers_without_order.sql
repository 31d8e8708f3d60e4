with lifecycle as (
    select * from {{ ref('customer_lifecycle') }}
)

select customer_id
from lifecycle
where lifecycle_stage = 'subscriber'
