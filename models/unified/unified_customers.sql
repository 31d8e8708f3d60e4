with screened as (
    select * from {{ ref('screened_customers') }}
),

kept as (
    select
        source,
        {{- segmentation.plausible_columns('customers') }}
    from screened
    where set_aside_because is null
)

select * from kept
