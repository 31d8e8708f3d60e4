{{ config(materialized='table', **segmentation.clustering(['segment', 'customer_id'])) }}

with history as (
    select * from {{ ref('segment_history') }}
),

final as (
    select
        segment,
        customer_id,
        entered_on
    from history
    where left_on is null
)

select * from final
