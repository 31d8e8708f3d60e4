{{ config(enabled=segmentation.is_switched_on(model)) }}

with rfm as (
    select * from {{ ref('customer_rfm') }}
)

select
    customer_id,
    rfm_segment as variant
from rfm
