{{ config(enabled=segmentation.is_switched_on(model)) }}

with web as (
    select * from {{ ref('customer_web_features') }}
)

select
    customer_id,
    first_utm_source as variant
from web
where first_utm_source is not null
