with recursive log as (
    select * from {{ ref('segment_person_changes') }}
),

origins as (
    select * from {{ ref('segment_origins') }}
),

first_days as (
    select
        segment,
        min(changed_on) as first_changed_on
    from log
    group by segment
),

-- The first entry always counts, so re-entry rules concern those only who have entered more than once.
returned as (
    select
        log.segment,
        log.customer_id,
        origins.re_entry_days
    from log
    inner join origins on log.segment = origins.segment
    where log.change = 'entered' and origins.re_entry != 'always'
    group by log.segment, log.customer_id, origins.re_entry_days
    having count(*) > 1
),

-- Entries and exits alternate, so the n-th exit ends the n-th stay.
numbered as (
    select
        log.segment,
        log.customer_id,
        log.change,
        log.changed_on,
        returned.re_entry_days,
        row_number() over (
            partition by log.segment, log.customer_id, log.change
            order by log.changed_on
        ) as stay_number
    from log
    inner join returned on log.segment = returned.segment and log.customer_id = returned.customer_id
),

entries as (
    select * from numbered
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
counted {{ segmentation.recursive_columns(['segment', 'customer_id', 'stay_number']) }} as (
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

-- Entries that the rule does not let in (`once` counts the first stay alone), with the exits that end them.
suppressed as (
    select
        numbered.segment,
        numbered.customer_id,
        numbered.changed_on
    from numbered
    left join counted
        on
            numbered.segment = counted.segment
            and numbered.customer_id = counted.customer_id
            and numbered.stay_number = counted.stay_number
    where numbered.stay_number > 1 and counted.stay_number is null
),

-- Whom a segment finds on its first day did not just enter: the segment is new, not the person in it. And
-- nothing starts for segments that are no longer built. An event keeps the id that it had under a former name.
final as (
    select
        {{ dbt.hash("log.segment || '|' || coalesce(log.written_as, log.customer_id) || '|' || log.change || '|' || cast(log.changed_on as " ~ dbt.type_string() ~ ")") }}
            as event_id,
        log.segment,
        log.customer_id,
        log.change as event,
        log.changed_on as occurred_on,
        log.changed_on = first_days.first_changed_on as is_initial,
        log.changed_on > first_days.first_changed_on
        and origins.segment is not null
        and suppressed.segment is null as is_trigger
    from log
    inner join first_days on log.segment = first_days.segment
    left join origins on log.segment = origins.segment
    left join suppressed
        on
            log.segment = suppressed.segment
            and log.customer_id = suppressed.customer_id
            and log.changed_on = suppressed.changed_on
)

select * from final
