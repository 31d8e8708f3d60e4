{{ config(enabled=segmentation.is_switched_on(model)) }}

with items as (
    select * from {{ ref('customer_web_items') }}
    where item_type = 'form'
)

select
    customer_id,
    item as variant
from items
where events >= 1
