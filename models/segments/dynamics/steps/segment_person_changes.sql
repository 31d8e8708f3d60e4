-- The log keeps the names of its days. Only people who are called otherwise by now, of whom there are few, are put
-- together again; all others are as they were written.
with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

logged_names as (
    select distinct customer_id as customer_name
    from {{ ref('segment_change_log') }}
    where change != 'built'
),

former_names as (
    select
        names.customer_name,
        names.customer_id
    from logged_names
    inner join {{ ref('customer_names') }} as names on logged_names.customer_name = names.customer_name
    where names.customer_name != names.customer_id
),

names as (
    select * from former_names
    {{ segmentation.union_distinct() }}
    select
        customer_id as customer_name,
        customer_id
    from former_names
),

-- Two who turn out to be one person were there when either was: where the number of names that are inside rises
-- from none or falls to none, the person enters or leaves. On the day of a new name neither happens.
days as (
    select
        log.segment,
        names.customer_id,
        log.changed_on,
        sum({{ segmentation.change_sign() }}) as moved,
        min(case when log.change = 'entered' then log.customer_id end) as entered_as,
        min(case when log.change = 'left' then log.customer_id end) as left_as
    from {{ ref('segment_change_log') }} as log
    cross join as_of
    inner join names on log.customer_id = names.customer_name
    where log.change != 'built' and log.changed_on <= as_of.as_of_on
    group by log.segment, names.customer_id, log.changed_on
),

counted as (
    select
        days.*,
        sum(moved) over (
            partition by segment, customer_id order by changed_on
            rows between unbounded preceding and current row
        ) as names_inside
    from days
),

final as (
    select
        changed_on,
        segment,
        customer_id,
        nullif(case when names_inside > 0 then entered_as else left_as end, customer_id) as written_as,
        case when names_inside > 0 then 'entered' else 'left' end as change
    from counted
    where (names_inside > 0) != (names_inside - moved > 0)

    union all

    select
        log.changed_on,
        log.segment,
        log.customer_id,
        cast(null as {{ dbt.type_string() }}) as written_as,
        log.change
    from {{ ref('segment_change_log') }} as log
    cross join as_of
    left join names on log.customer_id = names.customer_name
    where log.change != 'built' and log.changed_on <= as_of.as_of_on and names.customer_name is null
)

select * from final
