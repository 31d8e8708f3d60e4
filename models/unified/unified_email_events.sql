with screened as (
    select * from {{ ref('screened_email_events') }}
),

kept as (
    select
        source,
        {{ segmentation.contract_columns('email_events') | map(attribute='name') | join(',\n        ') }}
    from screened
    where set_aside_because is null
)

select * from kept
