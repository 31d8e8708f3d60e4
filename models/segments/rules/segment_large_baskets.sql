with ranked as (
    select
        customer_id,
        average_order_value,
        percent_rank() over (order by average_order_value) as basket_rank
    from {{ ref('customer_features') }}
    where orders > 0
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['top_share'], "segment = 'large_baskets'") }}
)

select ranked.customer_id
from ranked
cross join thresholds
where ranked.basket_rank >= 1 - thresholds.top_share
