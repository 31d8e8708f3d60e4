{{ config(enabled=segmentation.is_switched_on(model)) }}

with ranked as (
    select
        customer_id,
        average_order_value,
        rank() over (order by average_order_value desc) as basket_rank,
        count(*) over () as buyers
    from {{ ref('customer_features') }}
    where orders > 0
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['top_share'], "segment = 'large_baskets'") }}
)

select ranked.customer_id
from ranked
cross join thresholds
where
    {{ segmentation.in_top_share('ranked.basket_rank', 'ranked.buyers', 'thresholds.top_share') }}
    and ranked.average_order_value > 0
