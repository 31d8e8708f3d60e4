{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['within_km'], "segment = 'near_store'") }}
)

select features.customer_id
from features
cross join thresholds
where features.nearest_store_km <= thresholds.within_km
