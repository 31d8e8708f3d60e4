{{ config(enabled=segmentation.is_switched_on(model)) }}

with lifecycle as (
    select * from {{ ref('customer_lifecycle') }}
),

features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_purchase_days'], "segment = 'win_back'") }}
)

select features.customer_id
from features
inner join lifecycle on features.customer_id = lifecycle.customer_id
cross join thresholds
where
    lifecycle.lifecycle_stage = 'lapsed'
    and features.kept_purchase_days >= thresholds.minimum_purchase_days
