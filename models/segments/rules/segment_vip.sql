with ranked as (
    select
        customer_id,
        net_revenue,
        percent_rank() over (order by net_revenue) as net_revenue_rank
    from {{ ref('customer_features') }}
    where orders > 0
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['top_share'], "segment = 'vip'") }}
)

select ranked.customer_id
from ranked
cross join thresholds
where ranked.net_revenue_rank >= 1 - thresholds.top_share
