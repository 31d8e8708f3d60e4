{{ config(enabled=segmentation.is_switched_on(model)) }}

with voice as (
    select
        customer_voice.*,
        {{ segmentation.days_between('nps_on', 'as_of_on') }} as days_since_answer
    from {{ ref('customer_voice') }} as customer_voice
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['within_days'], "segment = 'detractors'") }}
)

select voice.customer_id
from voice
cross join thresholds
where
    voice.nps_group = 'detractor'
    and voice.days_since_answer <= thresholds.within_days
