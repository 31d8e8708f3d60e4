{{ config(enabled=segmentation.is_switched_on(model)) }}

with answers as (
    select distinct
        customer_id,
        answer
    from {{ ref('customer_survey_answers') }}
    where survey = 'values' and is_newest_survey
)

select
    customer_id,
    answer as variant
from answers
where answer is not null
