{{ config(enabled=segmentation.is_switched_on(model)) }}

with stated as (
    select * from {{ ref('customer_stated_preferences') }}
    where preference_type = 'product_interest' and is_wanted
),

favourites as (
    select * from {{ ref('customer_category_affinity') }}
    where affinity_rank = 1 and order_lines > 0 and category != 'uncategorised'
),

compared as (
    select
        favourites.customer_id,
        favourites.affinity_share,
        count(case when lower(stated.preference_value) = lower(favourites.category) then 1 end) as statements_that_fit
    from favourites
    inner join stated on favourites.customer_id = stated.customer_id
    group by favourites.customer_id, favourites.affinity_share
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_share'], "segment = 'preference_mismatch'") }}
)

select compared.customer_id
from compared
cross join thresholds
where
    compared.statements_that_fit = 0
    and compared.affinity_share >= thresholds.minimum_share
