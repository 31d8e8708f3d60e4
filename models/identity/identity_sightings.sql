with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

sightings as (
    {{ segmentation.sightings('unified_customers', 'signed_up_at', registered=true) }}
    union all
    {{ segmentation.sightings('unified_orders', 'ordered_at') }}
    union all
    {{ segmentation.sightings('unified_consents', 'recorded_at') }}
    union all
    {{ segmentation.sightings('unified_preferences', 'recorded_at') }}
    union all
    {{ segmentation.sightings('unified_survey_responses', 'responded_at') }}
    union all
    {{ segmentation.sightings('unified_support_tickets', 'opened_at') }}
    union all
    {{ segmentation.sightings('unified_external_scores', 'scored_at') }}
    union all
    -- Most web events are anonymous and say nothing here.
    select
        source,
        source_customer_id,
        cast(null as {{ dbt.type_string() }}) as email,
        anonymous_id,
        first_seen_at as seen_at,
        cast(null as timestamp) as registered_at
    from {{ ref('web_login_days') }}
    where source_customer_id is not null and anonymous_id is not null
),

first_seen as (
    select
        sightings.source,
        sightings.source_customer_id,
        sightings.email,
        sightings.anonymous_id,
        min(sightings.seen_at) as first_seen_at,
        min(sightings.registered_at) as registered_at
    from sightings
    cross join as_of
    where sightings.seen_at < cast(as_of.as_of_on as timestamp)
    group by sightings.source, sightings.source_customer_id, sightings.email, sightings.anonymous_id
)

select * from first_seen
