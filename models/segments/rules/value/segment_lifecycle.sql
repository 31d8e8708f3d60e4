{{ config(enabled=segmentation.is_switched_on(model)) }}

with lifecycle as (
    select * from {{ ref('customer_lifecycle') }}
)

select
    customer_id,
    lifecycle_stage as variant
from lifecycle
