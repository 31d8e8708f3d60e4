{{ config(materialized='table', **segmentation.clustering(['customer_id'])) }}

with profiles as (
    select * from {{ ref('customer_profiles') }}
),

orders as (
    select * from {{ ref('customer_order_features') }}
),

favourites as (
    select * from {{ ref('customer_categories') }}
    where category_rank = 1
),

category_counts as (
    select
        customer_id,
        count(*) as categories_bought
    from {{ ref('customer_categories') }}
    where category != 'uncategorised'
    group by customer_id
),

stores as (
    select * from {{ ref('customer_nearest_stores') }}
),

anniversaries as (
    select
        customer_id,
        {{ segmentation.next_anniversary_years('birth_date', 'as_of_on') }} as next_birthday_years,
        {{ segmentation.next_anniversary_years('signed_up_on', 'as_of_on') }} as next_signup_years
    from profiles
),

final as (
    select
        profiles.customer_id,
        profiles.as_of_on,
        cast(coalesce(orders.orders, 0) as bigint) as orders,
        cast(coalesce(orders.purchase_days, 0) as bigint) as purchase_days,
        cast(coalesce(orders.kept_purchase_days, 0) as bigint) as kept_purchase_days,
        {{ segmentation.cents_to_amount('coalesce(orders.revenue_cents, 0)') }} as revenue,
        {{ segmentation.cents_to_amount('coalesce(orders.refund_cents, 0)') }} as refunds,
        {{ segmentation.cents_to_amount('coalesce(orders.revenue_cents - orders.refund_cents, 0)') }} as net_revenue,
        {{ segmentation.cents_to_amount(segmentation.divide_rounded('orders.revenue_cents', 'orders.orders')) }}
            as average_order_value,
        orders.first_order_on,
        orders.last_order_on,
        {{ segmentation.days_between('orders.first_order_on', 'profiles.as_of_on') }} as days_since_first_order,
        {{ segmentation.days_between('orders.first_kept_order_on', 'profiles.as_of_on') }} as days_since_first_kept_order,
        {{ segmentation.days_between('orders.last_order_on', 'profiles.as_of_on') }} as days_since_last_order,
        cast(orders.median_gap_days as numeric(9, 1)) as median_days_between_orders,
        orders.last_gap_days as last_days_between_orders,
        orders.days_to_second_purchase,
        cast(coalesce(orders.discounted_orders, 0) as bigint) as discounted_orders,
        {{ segmentation.share('orders.discounted_orders', 'orders.orders') }} as discounted_order_share,
        {{ segmentation.share('orders.discount_cents', 'orders.revenue_cents + orders.discount_cents') }} as discount_share,
        cast(coalesce(orders.refunded_orders, 0) as bigint) as refunded_orders,
        {{ segmentation.share('orders.refund_cents', 'orders.revenue_cents') }} as refund_share,
        {% for days in (30, 90, 365) %}
        cast(coalesce(orders.orders_{{ days }}d, 0) as bigint) as orders_{{ days }}d,
        {{ segmentation.cents_to_amount('coalesce(orders.net_revenue_cents_' ~ days ~ 'd, 0)') }} as net_revenue_{{ days }}d,
        {% endfor %}
        {{ segmentation.cents_to_amount('coalesce(orders.net_revenue_cents_prior_90d, 0)') }} as net_revenue_prior_90d,
        {{ segmentation.cents_to_amount('coalesce(orders.net_revenue_cents_90d_year_ago, 0)') }} as net_revenue_90d_year_ago,
        favourites.category as favourite_category,
        cast(coalesce(category_counts.categories_bought, 0) as bigint) as categories_bought,
        profiles.first_seen_on,
        profiles.signed_up_on,
        {{ segmentation.days_between('coalesce(profiles.first_seen_on, orders.first_order_on)', 'profiles.as_of_on') }} as tenure_days,
        profiles.signup_source,
        profiles.gender,
        profiles.age_years,
        {{ segmentation.age_band('profiles.age_years') }} as age_band,
        profiles.country,
        profiles.region,
        profiles.city,
        profiles.postal_code,
        profiles.language,
        profiles.time_zone,
        {{ segmentation.days_between(
            'profiles.as_of_on', segmentation.anniversary('profiles.birth_date', 'anniversaries.next_birthday_years')
        ) }} as next_birthday_in_days,
        {{ segmentation.days_between(
            'profiles.as_of_on', segmentation.anniversary('profiles.signed_up_on', 'anniversaries.next_signup_years')
        ) }} as next_signup_anniversary_in_days,
        anniversaries.next_signup_years as next_signup_anniversary_years,
        stores.nearest_store_id,
        stores.nearest_store_km
    from profiles
    inner join anniversaries on profiles.customer_id = anniversaries.customer_id
    left join stores on profiles.customer_id = stores.customer_id
    left join orders on profiles.customer_id = orders.customer_id
    left join favourites on profiles.customer_id = favourites.customer_id
    left join category_counts on profiles.customer_id = category_counts.customer_id
)

select * from final
