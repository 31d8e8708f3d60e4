{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
)

select
    customer_id,
    age_band as variant
from features
where age_band is not null
