with screened as (
    select * from {{ ref('screened_campaign_costs') }}
),

kept as (
    select
        source,
        {{ segmentation.contract_columns('campaign_costs') | map(attribute='name') | join(',\n        ') }}
    from screened
    where set_aside_because is null
)

select * from kept
