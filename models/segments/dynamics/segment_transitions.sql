with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

built_days as (
    select log.changed_on
    from {{ ref('segment_change_log') }} as log
    cross join as_of
    where log.change = 'built' and log.changed_on <= as_of.as_of_on
),

log as (
    select * from {{ ref('segment_person_changes') }}
),

families as (
    select
        segment,
        rule_name as family
    from {{ ref('segment_origins') }}
    where is_exclusive
),

bounds as (
    select
        min(changed_on) as first_built_on,
        {{ segmentation.cohort_period_start('min(changed_on)') }} as first_period_on
    from built_days
),

calendar as (
    select
        {{ segmentation.add_cohort_periods('bounds.first_period_on', 'numbers.n') }} as period_start,
        {{ segmentation.add_cohort_periods('bounds.first_period_on', 'numbers.n + 1') }} as next_period_start,
        bounds.first_built_on,
        as_of.as_of_on
    from {{ segmentation.numbers() }} as numbers
    cross join bounds
    cross join as_of
    where bounds.first_period_on is not null
),

periods as (
    select
        period_start,
        least(next_period_start, as_of_on) as period_end,
        next_period_start <= as_of_on as is_complete
    from calendar
    where period_start >= first_built_on and period_start < as_of_on
),

-- A change found on the first day of a period belongs to the period before: it had happened by its midnight.
dated as (
    select
        families.family,
        log.segment,
        log.customer_id,
        log.change,
        {{ segmentation.cohort_period_start(segmentation.add_to_date('log.changed_on', -1)) }} as period_start
    from log
    inner join families on log.segment = families.segment
),

-- What is left of a person's comings and goings within a period; without a period: where all stood before the first.
moves as (
    select
        dated.family,
        dated.segment,
        dated.customer_id,
        periods.period_start,
        sum({{ segmentation.change_sign() }}) as moved
    from dated
    left join periods on dated.period_start = periods.period_start
    group by dated.family, dated.segment, dated.customer_id, periods.period_start
),

movers as (
    select
        family,
        period_start,
        customer_id,
        min(case when moved < 0 then segment end) as from_segment,
        min(case when moved > 0 then segment end) as to_segment
    from moves
    where period_start is not null and moved != 0
    group by family, period_start, customer_id
),

moved as (
    select
        family,
        period_start,
        from_segment,
        to_segment,
        count(*) as customers
    from movers
    group by family, period_start, from_segment, to_segment
),

net_changes as (
    select
        family,
        segment,
        period_start,
        sum(moved) as moved,
        sum(case when moved < 0 then 1 else 0 end) as leavers
    from moves
    group by family, segment, period_start
),

-- Who was there at the start and did not leave.
stayers as (
    select
        net_changes.family,
        net_changes.segment,
        periods.period_start,
        sum(case when coalesce(net_changes.period_start < periods.period_start, true) then net_changes.moved else 0 end)
            - sum(case when net_changes.period_start = periods.period_start then net_changes.leavers else 0 end) as customers
    from net_changes
    cross join periods
    group by net_changes.family, net_changes.segment, periods.period_start
),

flows as (
    select * from moved

    union all

    select
        family,
        period_start,
        segment as from_segment,
        segment as to_segment,
        customers
    from stayers
    where customers > 0
),

final as (
    select
        flows.family,
        cast('{{ var("segmentation_cohort_period") }}' as {{ dbt.type_string() }}) as period,
        flows.period_start,
        periods.period_end,
        periods.is_complete,
        flows.from_segment,
        flows.to_segment,
        cast(flows.customers as bigint) as customers
    from flows
    inner join periods on flows.period_start = periods.period_start
)

select * from final
