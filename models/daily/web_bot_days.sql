{{ config(materialized='table') }}

with visits as (
    select * from {{ ref('web_session_days') }}
),

thresholds as (
    {{ segmentation.settings('feature_thresholds', ['bot_events_per_day']) }}
),

final as (
    select
        visits.occurred_on,
        visits.source,
        visits.visitor_key,
        max(visits.visitor_events) as events
    from visits
    inner join thresholds on visits.visitor_events > thresholds.bot_events_per_day
    group by visits.occurred_on, visits.source, visits.visitor_key
)

select * from final
