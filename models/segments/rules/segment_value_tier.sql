with ranked as (
    select
        customer_id,
        percent_rank() over (order by net_revenue) as net_revenue_rank
    from {{ ref('customer_features') }}
    where orders > 0
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['top_share', 'low_share'], "segment = 'value_tier'") }}
),

tiers as (
    select
        ranked.customer_id,
        case
            when ranked.net_revenue_rank >= 1 - thresholds.top_share then 'top'
            when ranked.net_revenue_rank < thresholds.low_share then 'low'
            else 'middle'
        end as tier
    from ranked
    cross join thresholds
)

select
    customer_id,
    tier as variant
from tiers
