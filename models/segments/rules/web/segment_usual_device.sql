{{ config(enabled=segmentation.is_switched_on(model)) }}

with web as (
    select * from {{ ref('customer_web_features') }}
)

select
    customer_id,
    usual_device as variant
from web
where usual_device is not null
