{{ config(enabled=segmentation.is_switched_on(model)) }}

with categories as (
    select
        categories.customer_id,
        {{ segmentation.folded_text('categories.category') }} as folded_category,
        {{ segmentation.days_between('categories.last_bought_on', 'as_of.as_of_on') }} as days_since_last_purchase
    from {{ ref('customer_categories') }} as categories
    cross join {{ ref('as_of_day') }} as as_of
),

pairs as (
    select
        {{ segmentation.folded_text('bought') }} as folded_bought,
        {{ segmentation.folded_text('not_bought') }} as folded_not_bought,
        bought || ' without ' || not_bought as pair
    from {{ ref('category_pairs') }}
    where source is null or source in ({{ segmentation.quoted(segmentation.sources_of('orders')) or "''" }})
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['within_days'], "segment = 'bought_not_other'") }}
),

candidates as (
    select
        bought.customer_id,
        pairs.pair,
        bought.days_since_last_purchase,
        other.customer_id is not null as has_bought_other
    from categories as bought
    inner join pairs on bought.folded_category = pairs.folded_bought
    left join categories as other
        on bought.customer_id = other.customer_id and pairs.folded_not_bought = other.folded_category
)

select
    candidates.customer_id,
    candidates.pair as variant
from candidates
cross join thresholds
where
    candidates.days_since_last_purchase <= thresholds.within_days
    and not candidates.has_bought_other
