{{ config(enabled=segmentation.is_switched_on(model)) }}

with favourites as (
    select * from {{ ref('customer_category_affinity') }}
    where affinity_rank = 1 and order_lines > 0 and category != 'uncategorised'
),

thresholds as (
    {{ segmentation.settings(
        'segment_thresholds', ['minimum_share', 'minimum_affinity'], "segment = 'implicit_interest'"
    ) }}
)

select
    favourites.customer_id,
    favourites.category as variant
from favourites
cross join thresholds
where
    favourites.affinity_share >= thresholds.minimum_share
    and favourites.affinity >= thresholds.minimum_affinity
