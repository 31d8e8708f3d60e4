{{ config(enabled=segmentation.is_switched_on(model)) }}

with web as (
    select * from {{ ref('customer_web_features') }}
)

select customer_id
from web
where downloads_90d >= 1
