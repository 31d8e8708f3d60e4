with carts as (
    select
        carts.*,
        cast(carts.opened_at as date) as opened_on,
        {{ segmentation.days_between('cast(carts.last_event_at as date)', 'carts.as_of_on') }} as age_days,
        row_number() over (
            partition by carts.customer_id, carts.cart_status
            order by carts.last_event_at desc, carts.source, carts.visitor_key
        ) as newest_rank
    from {{ ref('customer_carts') }} as carts
),

-- Whoever has ordered since, be it for another reason, is not to be reminded of the cart.
last_abandoned as (
    select * from carts
    where cart_status = 'abandoned' and newest_rank = 1 and not has_ordered_since
),

cart_categories as (
    select distinct
        last_abandoned.customer_id,
        interests.interest as category
    from last_abandoned
    inner join {{ ref('customer_interest_days') }} as interests
        on
            last_abandoned.customer_id = interests.customer_id
            and last_abandoned.source = interests.source
            and last_abandoned.visitor_key = interests.visitor_key
            and last_abandoned.opened_on = interests.occurred_on
            and interests.interest_type = 'category'
            and interests.cart_additions > 0
),

categories as (
    select
        customer_id,
        {{ dbt.listagg('category', "', '", 'order by category') }} as categories
    from cart_categories
    group by customer_id
),

counted as (
    select
        customer_id,
        count(*) as carts,
        sum(case when age_days <= 30 then 1 else 0 end) as carts_30d,
        sum(case when age_days <= 30 and cart_status = 'abandoned' then 1 else 0 end) as abandoned_carts_30d,
        sum(case when age_days <= 90 and cart_status = 'abandoned' then 1 else 0 end) as abandoned_carts_90d,
        sum(case when age_days <= 90 and cart_status = 'recovered' then 1 else 0 end) as recovered_carts_90d
    from carts
    group by customer_id
),

final as (
    select
        counted.*,
        cast(last_abandoned.last_event_at as date) as last_abandoned_cart_on,
        last_abandoned.cart_value as last_abandoned_cart_value,
        last_abandoned.has_checkout as last_abandoned_cart_has_checkout,
        categories.categories as last_abandoned_cart_categories
    from counted
    left join last_abandoned on counted.customer_id = last_abandoned.customer_id
    left join categories on counted.customer_id = categories.customer_id
)

select * from final
