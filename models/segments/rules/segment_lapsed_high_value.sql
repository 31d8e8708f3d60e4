with lifecycle as (
    select * from {{ ref('customer_lifecycle') }}
),

rfm as (
    select * from {{ ref('customer_rfm') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_monetary_score'], "segment = 'lapsed_high_value'") }}
)

select rfm.customer_id
from rfm
inner join lifecycle on rfm.customer_id = lifecycle.customer_id
cross join thresholds
where
    lifecycle.lifecycle_stage in ('lapsed', 'churned')
    and rfm.monetary_score >= thresholds.minimum_monetary_score
