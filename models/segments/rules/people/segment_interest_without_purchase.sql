{{ config(enabled=segmentation.is_switched_on(model)) }}

with stated as (
    select * from {{ ref('customer_stated_preferences') }}
    where preference_type = 'product_interest' and is_wanted
),

categories as (
    select * from {{ ref('customer_categories') }}
),

compared as (
    select
        stated.customer_id,
        count(*) as stated_interests,
        count(categories.category) as bought_interests
    from stated
    left join categories
        on stated.customer_id = categories.customer_id and lower(stated.preference_value) = lower(categories.category)
    group by stated.customer_id
)

select customer_id
from compared
where bought_interests < stated_interests
