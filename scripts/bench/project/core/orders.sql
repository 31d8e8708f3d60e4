-- Orders that count as purchases, and their features per customer.
create temp table purchases as
with delivered as (
    select
        order_id,
        nullif(trim(source_customer_id), '') as source_customer_id,
        lower(nullif(trim(email), '')) as email,
        ordered_at, lower(trim(order_status)) as order_status, upper(trim(currency)) as currency,
        is_test, order_amount, discount_amount, refunded_amount, refunded_at, cancelled_at, loaded_at
    from read_parquet(getvariable('files') || '/orders.parquet')
    qualify row_number() over (partition by order_id order by loaded_at desc) = 1
),
rates as (
    select
        from_currency as currency,
        valid_from::timestamp as valid_from,
        coalesce(lead(valid_from) over (partition by from_currency order by valid_from), date '9999-12-31')
            ::timestamp as valid_to,
        rate::decimal(18, 8) as rate
    from read_csv(getvariable('rules') || '/../demo/demo_exchange_rates.csv')
    where to_currency = 'EUR'
    union all
    select 'EUR', timestamp '0001-01-01', timestamp '9999-12-31', 1
)
select
    coalesce(by_record.customer_id, by_email.customer_id) as customer_id,
    ordered_at::date as ordered_on,
    (round(order_amount * rate, 2) * 100)::bigint as order_cents,
    (round(discount_amount * rate, 2) * 100)::bigint as discount_cents,
    if(
        coalesce(refunded_at, ordered_at) < getvariable('as_of'),
        (round(refunded_amount * rate, 2) * 100)::bigint,
        0
    ) as refunded_cents
from delivered
join rates on delivered.currency = rates.currency and ordered_at >= valid_from and ordered_at < valid_to
left join orders_of as by_record on delivered.source_customer_id = by_record.source_customer_id
left join mails_of as by_email on delivered.source_customer_id is null and delivered.email = by_email.email
where
    ordered_at < getvariable('as_of')
    and (loaded_at is null or ordered_at <= loaded_at + interval 1 day)
    and order_amount >= 0
    and not coalesce(is_test, false)
    and order_status != 'pending'
    and (order_status != 'cancelled' or cancelled_at >= getvariable('as_of'))
    and coalesce(by_record.customer_id, by_email.customer_id) is not null;

create temp table order_features as
with days as (
    select
        customer_id,
        ordered_on,
        lag(ordered_on) over (partition by customer_id order by ordered_on) as previous_on,
        row_number() over (partition by customer_id order by ordered_on) as day_number
    from (select distinct customer_id, ordered_on from purchases)
),
rhythm as (
    select
        customer_id,
        count(*) as purchase_days,
        (2 * percentile_cont(0.5) within group (order by ordered_on - previous_on))::bigint
            as doubled_median_gap_days,
        max_by(ordered_on - previous_on, ordered_on) as last_gap_days,
        max(ordered_on - previous_on) filter (day_number = 2) as days_to_second_purchase
    from days
    group by customer_id
),
aged as (
    select *, order_cents - refunded_cents as net_cents, getvariable('as_of') - ordered_on as age
    from purchases
),
summed as (
    select
        customer_id,
        count(*) as orders,
        sum(order_cents)::bigint as revenue_cents,
        sum(discount_cents)::bigint as discount_cents,
        sum(refunded_cents)::bigint as refund_cents,
        count(distinct ordered_on) filter (refunded_cents = 0 or refunded_cents < order_cents) as kept_purchase_days,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on,
        count(*) filter (discount_cents > 0) as discounted_orders,
        count(*) filter (refunded_cents > 0) as refunded_orders,
        count(*) filter (age <= 30) as orders_30d,
        count(*) filter (age <= 90) as orders_90d,
        count(*) filter (age <= 365) as orders_365d,
        sum(if(age <= 30, net_cents, 0))::bigint as net_revenue_cents_30d,
        sum(if(age <= 90, net_cents, 0))::bigint as net_revenue_cents_90d,
        sum(if(age <= 365, net_cents, 0))::bigint as net_revenue_cents_365d,
        sum(if(age > 90 and age <= 180, net_cents, 0))::bigint as net_revenue_cents_prior_90d,
        sum(if(age > 365 and age <= 455, net_cents, 0))::bigint as net_revenue_cents_90d_year_ago
    from aged
    group by customer_id
)
select * from summed join rhythm using (customer_id);
