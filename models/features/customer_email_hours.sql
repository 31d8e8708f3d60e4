{{ config(schema='internal') }}

with profiles as (
    select
        customer_id,
        coalesce(time_zone, 'UTC') as time_zone
    from {{ ref('customer_profiles') }}
),

attributed as (
    {{ segmentation.attributed_mails('email_engagement_hours') }}
),

recent as (
    select
        attributed.customer_id,
        {{ segmentation.local_time('attributed.hour_started_at', 'profiles.time_zone') }} as local_hour_at,
        attributed.opens + attributed.clicks as engagements
    from attributed
    inner join profiles on attributed.customer_id = profiles.customer_id
    where attributed.occurred_on >= cast({{ segmentation.days_before_as_of(180) }} as date)
),

placed as (
    select
        customer_id,
        cast(extract(hour from local_hour_at) as integer) as local_hour,
        {{ segmentation.iso_weekday('cast(local_hour_at as date)') }} as local_weekday,
        engagements
    from recent
),

hours as (
    select
        customer_id,
        'hour' as slot_type,
        local_hour as slot,
        sum(engagements) as engagements
    from placed
    group by customer_id, local_hour
),

weekdays as (
    select
        customer_id,
        'weekday' as slot_type,
        local_weekday as slot,
        sum(engagements) as engagements
    from placed
    group by customer_id, local_weekday
),

slots as (
    select * from hours
    union all
    select * from weekdays
),

ranked as (
    select
        slots.*,
        sum(engagements) over (partition by customer_id, slot_type) as all_engagements,
        row_number() over (partition by customer_id, slot_type order by engagements desc, slot) as slot_rank
    from slots
),

final as (
    select
        customer_id,
        slot_type,
        cast(slot as integer) as preferred_slot,
        cast(all_engagements as bigint) as engagements,
        {{ segmentation.share('engagements', 'all_engagements') }} as slot_share
    from ranked
    where slot_rank = 1
)

select * from final
