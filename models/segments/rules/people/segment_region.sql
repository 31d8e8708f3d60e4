{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select
        customer_id,
        region,
        coalesce(country || ' ', '') || region as country_and_region
    from {{ ref('customer_features') }}
)

select
    customer_id,
    country_and_region as variant
from features
where region is not null
