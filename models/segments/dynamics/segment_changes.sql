with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

changes as (
    select * from {{ ref('segment_person_changes') }}
),

built_days as (
    select log.changed_on
    from {{ ref('segment_change_log') }} as log
    cross join as_of
    where log.change = 'built' and log.changed_on <= as_of.as_of_on
),

first_days as (
    select
        segment,
        min(changed_on) as first_changed_on
    from changes
    group by segment
),

counted as (
    select
        segment,
        changed_on,
        sum(case when change = 'entered' then 1 else 0 end) as entries,
        sum(case when change = 'left' then 1 else 0 end) as exits
    from changes
    group by segment, changed_on
),

every_day as (
    select
        built_days.changed_on,
        first_days.segment,
        coalesce(counted.entries, 0) as entries,
        coalesce(counted.exits, 0) as exits
    from built_days
    inner join first_days on built_days.changed_on >= first_days.first_changed_on
    left join counted
        on first_days.segment = counted.segment and built_days.changed_on = counted.changed_on
),

final as (
    select
        changed_on,
        segment,
        cast(entries as bigint) as entries,
        cast(exits as bigint) as exits,
        cast(sum(entries - exits) over (
            partition by segment order by changed_on
            rows between unbounded preceding and current row
        ) as bigint) as members
    from every_day
)

select * from final
