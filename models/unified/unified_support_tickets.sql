with screened as (
    select * from {{ ref('screened_support_tickets') }}
),

kept as (
    select
        source,
        {{ segmentation.contract_columns('support_tickets') | map(attribute='name') | join(',\n        ') }}
    from screened
    where set_aside_because is null
)

select * from kept
