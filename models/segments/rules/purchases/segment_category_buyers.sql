{{ config(enabled=segmentation.is_switched_on(model)) }}

with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

categories as (
    select
        customer_categories.customer_id,
        customer_categories.category,
        {{ segmentation.days_between('customer_categories.last_bought_on', 'as_of.as_of_on') }} as days_since_last_purchase
    from {{ ref('customer_categories') }} as customer_categories
    cross join as_of
    where customer_categories.category != 'uncategorised'
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['within_days'], "segment = 'category_buyers'") }}
)

select
    categories.customer_id,
    categories.category as variant
from categories
cross join thresholds
where categories.days_since_last_purchase <= thresholds.within_days
