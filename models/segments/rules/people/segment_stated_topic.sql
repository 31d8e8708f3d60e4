{{ config(enabled=segmentation.is_switched_on(model)) }}

with stated as (
    select * from {{ ref('customer_stated_preferences') }}
    where preference_type = 'topic'
)

select
    customer_id,
    preference_value as variant
from stated
where is_wanted
