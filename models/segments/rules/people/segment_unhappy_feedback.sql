{{ config(enabled=segmentation.is_switched_on(model)) }}

with voice as (
    select
        customer_voice.*,
        {{ segmentation.days_between('feedback_on', 'as_of_on') }} as days_since_feedback
    from {{ ref('customer_voice') }} as customer_voice
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['within_days'], "segment = 'unhappy_feedback'") }}
)

select voice.customer_id
from voice
cross join thresholds
where
    voice.feedback_label = 'negative'
    and voice.days_since_feedback <= thresholds.within_days
