with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

orders as (
    select * from {{ ref('customer_orders') }}
),

with_previous as (
    select
        orders.*,
        {{ segmentation.days_between('orders.ordered_on', 'as_of.as_of_on') }} as age_days,
        lag(orders.ordered_on) over (
            partition by orders.customer_id
            order by orders.ordered_at, orders.source, orders.order_id
        ) as previous_ordered_on
    from orders
    cross join as_of
),

-- Several orders on one day are one purchase for the rhythm, so a gap is at least one day.
with_gaps as (
    select
        with_previous.*,
        case
            when previous_ordered_on < ordered_on
                then {{ segmentation.days_between('previous_ordered_on', 'ordered_on') }}
        end as gap_days
    from with_previous
),

summed as (
    select
        customer_id,
        count(*) as orders,
        count(gap_days) + 1 as purchase_days,
        -- An order that was sent back as a whole is no purchase that was kept.
        count(distinct case when not (refunded_cents > 0 and refunded_cents >= order_cents) then ordered_on end)
            as kept_purchase_days,
        min(case when not (refunded_cents > 0 and refunded_cents >= order_cents) then ordered_on end) as first_kept_order_on,
        cast(sum(order_cents) as bigint) as revenue_cents,
        cast(sum(discount_cents) as bigint) as discount_cents,
        cast(sum(refunded_cents) as bigint) as refund_cents,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on,
        max(case when gap_days is not null then previous_ordered_on end) as previous_purchase_on,
        min(case when gap_days is not null then ordered_on end) as second_purchase_on,
        sum(case when discount_cents > 0 then 1 else 0 end) as discounted_orders,
        sum(case when refunded_cents > 0 then 1 else 0 end) as refunded_orders,
        {{ segmentation.percentile(0.5, 'gap_days') }} as median_gap_days,
        {% for days in (30, 90, 365) %}
        sum(case when age_days <= {{ days }} then 1 else 0 end) as orders_{{ days }}d,
        cast(sum(case when age_days <= {{ days }} then order_cents - refunded_cents else 0 end) as bigint)
            as net_revenue_cents_{{ days }}d,
        {% endfor %}
        cast(sum(case when age_days > 90 and age_days <= 180 then order_cents - refunded_cents else 0 end) as bigint)
            as net_revenue_cents_prior_90d,
        cast(sum(case when age_days > 365 and age_days <= 455 then order_cents - refunded_cents else 0 end) as bigint)
            as net_revenue_cents_90d_year_ago
    from with_gaps
    group by customer_id
),

final as (
    select
        summed.*,
        {{ segmentation.days_between('previous_purchase_on', 'last_order_on') }} as last_gap_days,
        {{ segmentation.days_between('first_order_on', 'second_purchase_on') }} as days_to_second_purchase
    from summed
)

select * from final
