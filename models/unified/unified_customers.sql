with screened as (
    select * from {{ ref('screened_customers') }}
),

kept as (
    select
        source,
        {{ segmentation.contract_columns('customers') | map(attribute='name') | join(',\n        ') }}
    from screened
    where set_aside_because is null
)

select * from kept
