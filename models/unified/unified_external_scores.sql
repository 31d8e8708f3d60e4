with screened as (
    select * from {{ ref('screened_external_scores') }}
),

kept as (
    select
        source,
        {{ segmentation.contract_columns('external_scores') | map(attribute='name') | join(',\n        ') }}
    from screened
    where set_aside_because is null
)

select * from kept
