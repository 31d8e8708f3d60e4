{{ config(enabled=segmentation.is_switched_on(model)) }}

with web as (
    select * from {{ ref('customer_web_features') }}
)

select web.customer_id
from web
where web.recovered_carts_90d >= 1
