with screened as (
    select * from {{ ref('screened_order_lines') }}
),

kept as (
    select
        source,
        {{ segmentation.contract_columns('order_lines') | map(attribute='name') | join(',\n        ') }}
    from screened
    where set_aside_because is null
)

select * from kept
