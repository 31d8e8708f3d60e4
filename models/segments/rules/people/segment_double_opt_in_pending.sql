{{ config(enabled=segmentation.is_switched_on(model)) }}

with preferences as (
    select * from {{ ref('customer_preferences') }}
)

select customer_id
from preferences
where is_double_opt_in_pending
