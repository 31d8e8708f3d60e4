with features as (

    select * from {{ ref('customer_features') }}

),

ranked as (

    select
        customer_id,
        percent_rank() over (order by revenue) as revenue_rank
    from features

)

select features.customer_id
from features
inner join ranked on features.customer_id = ranked.customer_id
where features.orders >= 3
    and (features.country = 'GB' or features.country = 'AT' or ranked.revenue_rank > 0.5)
    and features.last_order_on >= date '2026-01-01'
