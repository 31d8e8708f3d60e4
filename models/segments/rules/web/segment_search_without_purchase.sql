{{ config(enabled=segmentation.is_switched_on(model)) }}

with web as (
    select * from {{ ref('customer_web_features') }}
),

features as (
    select * from {{ ref('customer_features') }}
)

select web.customer_id
from web
inner join features on web.customer_id = features.customer_id
where
    web.searches_30d >= 1
    and features.orders_30d = 0
