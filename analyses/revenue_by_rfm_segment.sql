-- Which RFM segments bring the revenue? One row per segment, largest revenue first.
with buyers as (
    select
        rfm.rfm_segment,
        features.orders,
        features.net_revenue
    from {{ ref('customer_rfm') }} as rfm
    inner join {{ ref('customer_features') }} as features on rfm.customer_id = features.customer_id
),

summed as (
    select
        rfm_segment,
        count(*) as customers,
        sum(orders) as orders,
        sum(net_revenue) as net_revenue
    from buyers
    group by rfm_segment
),

totals as (
    select sum(net_revenue) as all_net_revenue from summed
)

select
    summed.rfm_segment,
    summed.customers,
    summed.orders,
    summed.net_revenue,
    {{ segmentation.share('summed.net_revenue', 'totals.all_net_revenue') }} as share_of_revenue
from summed
cross join totals
order by summed.net_revenue desc, summed.rfm_segment
