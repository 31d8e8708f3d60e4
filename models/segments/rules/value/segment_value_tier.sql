{{ config(enabled=segmentation.is_switched_on(model)) }}

with ranked as (
    select
        customer_id,
        net_revenue,
        rank() over (order by net_revenue desc) as rank_from_top,
        rank() over (order by net_revenue) as rank_from_bottom,
        count(*) over () as buyers
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
            when
                ranked.net_revenue > 0
                and {{ segmentation.in_top_share('ranked.rank_from_top', 'ranked.buyers', 'thresholds.top_share') }}
                then 'top'
            when ranked.rank_from_bottom <= thresholds.low_share * ranked.buyers then 'low'
            else 'middle'
        end as tier,
        ranked.net_revenue
    from ranked
    cross join thresholds
)

select
    customer_id,
    tier as variant
from tiers
