{{ config(enabled=segmentation.is_switched_on(model)) }}

with voice as (
    select * from {{ ref('customer_voice') }}
)

select customer_id
from voice
where open_tickets >= 1
