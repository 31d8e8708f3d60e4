{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
)

select customer_id
from features
where kept_purchase_days >= 2
