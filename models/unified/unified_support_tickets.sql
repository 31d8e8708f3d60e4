with screened as (
    select * from {{ ref('screened_support_tickets') }}
),

kept as (
    select
        source,
        {{- segmentation.plausible_columns('support_tickets') }}
    from screened
    where set_aside_because is null
)

select * from kept
