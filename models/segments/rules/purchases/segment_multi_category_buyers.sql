{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_categories'], "segment = 'multi_category_buyers'") }}
)

select features.customer_id
from features
cross join thresholds
where features.categories_bought >= thresholds.minimum_categories
