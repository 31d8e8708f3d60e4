with recursive as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

log as (
    select log.*
    from {{ ref('segment_change_log') }} as log
    cross join as_of
    where log.change != 'built' and log.changed_on <= as_of.as_of_on
),

origins as (
    select * from {{ ref('segment_origins') }}
),

-- Entries and exits alternate, so the n-th exit ends the n-th stay.
numbered as (
    select
        segment,
        customer_id,
        change,
        changed_on,
        row_number() over (partition by segment, customer_id, change order by changed_on) as stay_number,
        min(changed_on) over (partition by segment) as first_changed_on
    from log
),

-- Whom a segment finds on its first day did not just enter: the segment is new, not the person in it.
stays as (
    select
        numbered.*,
        numbered.changed_on = numbered.first_changed_on as is_initial,
        origins.re_entry,
        origins.re_entry_days
    from numbered
    left join origins on numbered.segment = origins.segment
),

entries as (
    select * from stays
    where change = 'entered' and re_entry_days is not null
),

-- For each entry the first one that is far enough away to count after it ...
next_entries as (
    select
        entries.segment,
        entries.customer_id,
        entries.stay_number,
        min(later.stay_number) as next_stay_number
    from entries
    inner join entries as later
        on
            entries.segment = later.segment
            and entries.customer_id = later.customer_id
            and entries.stay_number < later.stay_number
    where {{ segmentation.days_between('entries.changed_on', 'later.changed_on') }} >= entries.re_entry_days
    group by entries.segment, entries.customer_id, entries.stay_number
),

-- ... and from the first entry on, one counted entry leads to the next.
counted (segment, customer_id, stay_number) as (
    select
        segment,
        customer_id,
        stay_number
    from entries
    where stay_number = 1

    union all

    select
        next_entries.segment,
        next_entries.customer_id,
        next_entries.next_stay_number
    from counted
    inner join next_entries
        on
            counted.segment = next_entries.segment
            and counted.customer_id = next_entries.customer_id
            and counted.stay_number = next_entries.stay_number
),

-- An exit counts where the entry before it did. Nothing starts for segments that are no longer built.
judged as (
    select
        stays.segment,
        stays.customer_id,
        stays.change,
        stays.changed_on,
        stays.is_initial,
        case
            when stays.re_entry = 'always' then true
            when stays.re_entry = 'once' then stays.stay_number = 1
            when stays.re_entry_days is not null then counted.stay_number is not null
            else false
        end as is_counted
    from stays
    left join counted
        on
            stays.segment = counted.segment
            and stays.customer_id = counted.customer_id
            and stays.stay_number = counted.stay_number
),

final as (
    select
        {{ dbt.hash("segment || '|' || customer_id || '|' || change || '|' || cast(changed_on as " ~ dbt.type_string() ~ ")") }}
            as event_id,
        segment,
        customer_id,
        change as event,
        changed_on as occurred_on,
        is_initial,
        is_counted and not is_initial as is_trigger
    from judged
)

select * from final
