with activity as (
    select * from {{ ref('cohort_activity') }}
),

final as (
    select
        cohort_on,
        period_number,
        period_on,
        is_complete,
        cohort_customers,
        active_customers,
        {{ segmentation.share('active_customers', 'cohort_customers') }} as retention_rate
    from activity
)

select * from final
