with periods as (
    select * from {{ ref('cohort_periods') }}
),

orders as (
    select
        customer_id,
        {{ segmentation.cohort_period_start('ordered_on') }} as period_on,
        order_cents,
        refunded_cents
    from {{ ref('customer_orders') }}
),

customer_cohorts as (
    select
        customer_id,
        min(period_on) as cohort_on
    from orders
    group by customer_id
),

active_customers as (
    select
        customer_id,
        period_on,
        count(*) as orders,
        sum(order_cents) as revenue_cents,
        sum(refunded_cents) as refund_cents
    from orders
    group by customer_id, period_on
),

activity as (
    select
        customer_cohorts.cohort_on,
        active_customers.period_on,
        count(*) as active_customers,
        sum(active_customers.orders) as orders,
        sum(active_customers.revenue_cents) as revenue_cents,
        sum(active_customers.refund_cents) as refund_cents
    from active_customers
    inner join customer_cohorts on active_customers.customer_id = customer_cohorts.customer_id
    group by customer_cohorts.cohort_on, active_customers.period_on
),

sizes as (
    select
        cohort_on,
        count(*) as cohort_customers
    from customer_cohorts
    group by cohort_on
),

-- Every cohort with every period since, also those in which nobody bought. Periods in which nobody bought for
-- the first time begin no cohort: one order of a wrong year would add thousands of empty ones.
final as (
    select
        cohorts.period_on as cohort_on,
        periods.period_on,
        periods.calendar_number - cohorts.calendar_number as period_number,
        periods.is_complete,
        sizes.cohort_customers,
        coalesce(activity.active_customers, 0) as active_customers,
        cast(coalesce(activity.orders, 0) as bigint) as orders,
        cast(coalesce(activity.revenue_cents, 0) as bigint) as revenue_cents,
        cast(coalesce(activity.refund_cents, 0) as bigint) as refund_cents
    from periods as cohorts
    inner join periods on cohorts.calendar_number <= periods.calendar_number
    inner join sizes on cohorts.period_on = sizes.cohort_on
    left join activity
        on cohorts.period_on = activity.cohort_on and periods.period_on = activity.period_on
)

select * from final
