with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

bounds as (
    select {{ segmentation.cohort_period_start('min(ordered_on)') }} as first_period_on
    from {{ ref('customer_orders') }}
),

numbers as (
    select n from {{ segmentation.numbers() }} as numbers
),

periods as (
    select
        numbers.n as calendar_number,
        {{ segmentation.add_cohort_periods('bounds.first_period_on', 'numbers.n') }} as period_on,
        {{ segmentation.add_cohort_periods('bounds.first_period_on', 'numbers.n + 1') }} as next_period_on,
        as_of.as_of_on
    from numbers
    cross join bounds
    cross join as_of
    where bounds.first_period_on is not null
),

final as (
    select
        calendar_number,
        period_on,
        next_period_on,
        next_period_on <= as_of_on as is_complete
    from periods
    where period_on < as_of_on
)

select * from final
