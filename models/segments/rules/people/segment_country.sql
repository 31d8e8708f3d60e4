{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
)

select
    customer_id,
    country as variant
from features
where country is not null
