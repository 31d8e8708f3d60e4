{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

-- Another row of the seed makes another segment.
thresholds as (
    select
        setting as minimum_days,
        cast(cast(setting as integer) as {{ dbt.type_string() }}) || ' days' as minimum_text
    from {{ segmentation.segment_thresholds() }}
    where segment = 'lapsed_for'
)

select
    features.customer_id,
    thresholds.minimum_text as variant
from features
cross join thresholds
where features.days_since_last_order > thresholds.minimum_days
