{{ config(materialized='table', **segmentation.clustering(['segment', 'customer_id'])) }}

with changes as (
    select * from {{ ref('segment_person_changes') }}
),

spans as (
    select
        segment,
        customer_id,
        change,
        written_as,
        changed_on as entered_on,
        lead(changed_on) over (partition by segment, customer_id order by changed_on) as left_on
    from changes
),

final as (
    select
        segment,
        customer_id,
        entered_on,
        left_on,
        written_as as entered_as
    from spans
    where change = 'entered'
)

select * from final
