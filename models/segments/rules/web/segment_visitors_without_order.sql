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
    web.sessions_90d >= 1
    and features.orders_90d = 0
