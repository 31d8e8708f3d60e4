with events as (
    select * from {{ ref('segment_events') }}
    where is_trigger
),

as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

limits as (
    {{ segmentation.settings('feature_thresholds', ['event_told_within_days']) }}
),

-- What is older than some days is not told any more, however long no sync has run: nobody wants last month's
-- welcome.
final as (
    select
        events.event_id,
        events.segment,
        events.customer_id,
        events.event,
        events.occurred_on
    from events
    cross join as_of
    cross join limits
    where {{ segmentation.days_between('events.occurred_on', 'as_of.as_of_on') }} <= limits.event_told_within_days
)

select * from final
