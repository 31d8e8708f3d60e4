{{ config(enabled=segmentation.is_switched_on(model)) }}

with interests as (
    select * from {{ ref('customer_interests') }}
    where interest_type = 'category' and interest != 'uncategorised'
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_views'], "segment = 'category_interest'") }}
)

select
    interests.customer_id,
    interests.interest as variant
from interests
cross join thresholds
where interests.views_90d >= thresholds.minimum_views
