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

segments as (
    select * from {{ ref('segments') }}
),

consents as (
    select * from {{ ref('customer_consents') }}
    where channel = 'email' and is_granted
),

profiles as (
    select * from {{ ref('audience_profiles') }}
),

held_out as (
    select distinct
        segment,
        customer_id
    from {{ ref('experiment_assignments') }}
    where is_holdout and is_running
),

-- As for memberships: no consent for the segment's purpose, no profile or a holdout, no row. What is older
-- than some days is not told any more, however long no sync has run: nobody wants last month's welcome.
final as (
    select
        events.event_id,
        events.segment as audience,
        events.customer_id,
        profiles.email,
        events.event,
        events.occurred_on
    from events
    cross join as_of
    cross join limits
    inner join segments on events.segment = segments.segment
    inner join consents
        on events.customer_id = consents.customer_id and segments.purpose = consents.purpose
    inner join profiles on events.customer_id = profiles.customer_id
    left join held_out
        on events.segment = held_out.segment and events.customer_id = held_out.customer_id
    where
        held_out.customer_id is null
        and {{ segmentation.days_between('events.occurred_on', 'as_of.as_of_on') }} <= limits.event_told_within_days
)

select * from final
