with screened as (
    select * from {{ ref('screened_preferences') }}
),

kept as (
    select
        source,
        {{ segmentation.contract_columns('preferences') | map(attribute='name') | join(',\n        ') }}
    from screened
    where set_aside_because is null
)

select * from kept
