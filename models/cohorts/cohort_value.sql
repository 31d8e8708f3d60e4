with activity as (
    select * from {{ ref('cohort_activity') }}
),

running as (
    select
        activity.*,
        sum(revenue_cents - refund_cents) over (
            partition by cohort_on order by period_number
            rows between unbounded preceding and current row
        ) as cumulative_cents
    from activity
),

final as (
    select
        cohort_on,
        period_number,
        period_on,
        is_complete,
        cohort_customers,
        orders,
        {{ segmentation.cents_to_amount('revenue_cents') }} as revenue,
        {{ segmentation.cents_to_amount('refund_cents') }} as refunds,
        {{ segmentation.cents_to_amount('revenue_cents - refund_cents') }} as net_revenue,
        {{ segmentation.cents_to_amount('cumulative_cents') }} as cumulative_net_revenue,
        {{ segmentation.cents_to_amount(segmentation.divide_rounded('cumulative_cents', 'cohort_customers')) }}
            as cumulative_net_revenue_per_customer
    from running
)

select * from final
