{{ config(enabled=segmentation.is_switched_on(model)) }}

with affinity as (
    select * from {{ ref('customer_category_affinity') }}
    where category != 'uncategorised'
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['days_before', 'days_after'], "segment = 'replenishment_due'") }}
)

select
    affinity.customer_id,
    affinity.category as variant
from affinity
cross join thresholds
where
    affinity.days_until_due <= thresholds.days_before
    and affinity.days_until_due >= -thresholds.days_after
