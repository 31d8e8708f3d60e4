with screened as (
    select * from {{ ref('screened_campaigns') }}
),

kept as (
    select
        source,
        {{- segmentation.plausible_columns('campaigns') }}
    from screened
    where set_aside_because is null
)

select * from kept
