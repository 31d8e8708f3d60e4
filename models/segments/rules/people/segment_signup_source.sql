{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
)

select
    customer_id,
    signup_source as variant
from features
where signup_source is not null
