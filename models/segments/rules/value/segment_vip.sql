{{ config(enabled=segmentation.is_switched_on(model)) }}

with ranked as (
    select
        customer_id,
        net_revenue,
        days_since_last_order,
        rank() over (order by net_revenue desc) as net_revenue_rank,
        count(*) over () as buyers
    from {{ ref('customer_features') }}
    where orders > 0
),

lifecycle as (
    select * from {{ ref('customer_lifecycle') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['top_share', 'recent_days'], "segment = 'vip'") }}
)

-- Whoever was as valuable but is gone is in lapsed_high_value.
select ranked.customer_id
from ranked
inner join lifecycle on ranked.customer_id = lifecycle.customer_id
cross join thresholds
where
    {{ segmentation.in_top_share('ranked.net_revenue_rank', 'ranked.buyers', 'thresholds.top_share') }}
    and ranked.net_revenue > 0
    and ranked.days_since_last_order <= thresholds.recent_days
    and lifecycle.lifecycle_stage not in ('lapsed', 'churned')
