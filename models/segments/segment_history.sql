{{ config(materialized='table', **segmentation.clustering(['segment', 'customer_id'])) }}

with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

changes as (
    select log.*
    from {{ ref('segment_change_log') }} as log
    cross join as_of
    where log.change != 'built' and log.changed_on <= as_of.as_of_on
),

spans as (
    select
        segment,
        customer_id,
        change,
        changed_on as entered_on,
        lead(changed_on) over (partition by segment, customer_id order by changed_on) as left_on
    from changes
),

final as (
    select
        segment,
        customer_id,
        entered_on,
        left_on
    from spans
    where change = 'entered'
)

select * from final
