{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
)

select
    customer_id,
    gender as variant
from features
where gender is not null
