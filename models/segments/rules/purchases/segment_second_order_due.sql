{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

usual as (
    {{ segmentation.second_purchase_days() }}
)

select features.customer_id
from features
cross join usual
where
    features.purchase_days = 1
    and features.days_since_first_order >= usual.from_days
    and features.days_since_first_order <= usual.to_days
