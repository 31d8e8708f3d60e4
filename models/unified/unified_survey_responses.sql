with screened as (
    select * from {{ ref('screened_survey_responses') }}
),

kept as (
    select
        source,
        {{ segmentation.contract_columns('survey_responses') | map(attribute='name') | join(',\n        ') }}
    from screened
    where set_aside_because is null
)

select * from kept
