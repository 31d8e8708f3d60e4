{{ config(schema='internal') }}

with purchase_days as (
    select distinct
        customer_id,
        ordered_on
    from {{ ref('customer_orders') }}
),

with_previous as (
    select
        customer_id,
        ordered_on,
        lag(ordered_on) over (partition by customer_id order by ordered_on) as previous_ordered_on
    from purchase_days
),

with_gaps as (
    select {{ segmentation.days_between('previous_ordered_on', 'ordered_on') }} as gap_days
    from with_previous
    where previous_ordered_on is not null
),

final as (
    select
        count(*) as gaps,
        cast({{ segmentation.percentile(0.5, 'gap_days') }} as numeric(9, 1)) as median_gap_days
    from with_gaps
)

select * from final
