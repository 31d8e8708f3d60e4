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

rfm as (
    select * from {{ ref('customer_rfm') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_monetary_score'], "segment = 'lapsed_high_value'") }}
),

-- Whoever is lost to vip is here.
vip as (
    {{ segmentation.settings('segment_thresholds', ['top_share', 'recent_days'], "segment = 'vip'") }}
)

select ranked.customer_id
from ranked
inner join lifecycle on ranked.customer_id = lifecycle.customer_id
inner join rfm on ranked.customer_id = rfm.customer_id
cross join thresholds
cross join vip
where
    ranked.net_revenue > 0
    and (
        rfm.monetary_score >= thresholds.minimum_monetary_score
        or {{ segmentation.in_top_share('ranked.net_revenue_rank', 'ranked.buyers', 'vip.top_share') }}
    )
    and (
        lifecycle.lifecycle_stage in ('lapsed', 'churned')
        or ranked.days_since_last_order > vip.recent_days
    )
