{{ config(enabled=segmentation.is_switched_on(model)) }}

with lifecycle as (
    select * from {{ ref('customer_lifecycle') }}
)

select customer_id
from lifecycle
where lifecycle_stage = 'subscriber'
