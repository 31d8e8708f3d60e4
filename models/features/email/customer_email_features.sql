{% set counts = ['sent', 'delivered', 'opens', 'machine_opens', 'clicks', 'bounces'] %}
{% set windows = [30, 90, 180] %}

with profiles as (
    select
        customer_id,
        as_of_on,
        coalesce(time_zone, '{{ var("segmentation_time_zone") }}') as time_zone
    from {{ ref('customer_profiles') }}
),

as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

events as (
    {{ segmentation.attributed_mails('email_days') }}
),

aged as (
    select
        events.*,
        {{ segmentation.days_between('events.occurred_on', 'as_of.as_of_on') }} as age_days
    from events
    cross join as_of
),

summed as (
    select
        customer_id,
        {% for name in counts %}
        sum({{ name }}) as {{ name }},
        {% for days in windows %}
        sum(case when age_days <= {{ days }} then {{ name }} else 0 end) as {{ name }}_{{ days }}d,
        {% endfor %}
        {% endfor %}
        sum(unsubscribes) as unsubscribes,
        sum(complaints) as complaints,
        sum(machine_clicks) as machine_clicks,
        sum(case when age_days <= 180 then hard_bounces else 0 end) as hard_bounces_180d,
        -- Silence is counted from the first mail. One of years ago, before a pause, says nothing about it.
        min(case when age_days <= 360 and sent + delivered > 0 then occurred_on end) as mailed_since_on,
        max(case when sent > 0 or delivered > 0 then occurred_on end) as last_sent_on,
        max(case when opens > 0 then occurred_on end) as last_opened_on,
        max(case when clicks > 0 then occurred_on end) as last_clicked_on,
        max(case when opens > 0 or clicks > 0 then occurred_on end) as last_engaged_on
    from aged
    group by customer_id
),

aged_mails as (
    select
        mails.*,
        {{ segmentation.days_between('mails.sent_on', 'as_of.as_of_on') }} as age_days
    from {{ ref('customer_mails') }} as mails
    cross join as_of
),

mails as (
    select
        customer_id,
        {% for days in windows %}
        sum(case when age_days <= {{ days }} then arrived else 0 end) as mails_{{ days }}d,
        sum(case when age_days <= {{ days }} and opens + clicks > 0 then arrived else 0 end) as engaged_mails_{{ days }}d,
        sum(case when age_days <= {{ days }} and clicks > 0 then arrived else 0 end) as clicked_mails_{{ days }}d,
        {% endfor %}
        sum(case when age_days <= 90 and opens > 0 then 1 else 0 end) as opened_mails_90d,
        sum(case when arrived = 0 and bounces > 0 then 1 else 0 end) as returned_mails_180d
    from aged_mails
    group by customer_id
),

hours as (
    select * from {{ ref('customer_email_hours') }}
    where slot_type = 'hour'
),

weekdays as (
    select * from {{ ref('customer_email_hours') }}
    where slot_type = 'weekday'
),

tolerance as (
    select * from {{ ref('customer_email_tolerance') }}
),

favourites as (
    select * from {{ ref('customer_email_clicks') }}
    where click_rank = 1
),

final as (
    select
        profiles.customer_id,
        profiles.as_of_on,
        {% for name in counts %}
        cast(coalesce(summed.{{ name }}, 0) as bigint) as {{ name }},
        {% for days in windows %}
        cast(coalesce(summed.{{ name }}_{{ days }}d, 0) as bigint) as {{ name }}_{{ days }}d,
        {% endfor %}
        {% endfor %}
        cast(coalesce(summed.unsubscribes, 0) as bigint) as unsubscribes,
        cast(coalesce(summed.complaints, 0) as bigint) as complaints,
        cast(coalesce(summed.machine_clicks, 0) as bigint) as machine_clicks,
        cast(coalesce(summed.hard_bounces_180d, 0) as bigint) as hard_bounces_180d,
        {% for days in windows %}
        cast(coalesce(mails.mails_{{ days }}d, 0) as bigint) as mails_{{ days }}d,
        {% endfor %}
        cast(coalesce(mails.opened_mails_90d, 0) as bigint) as opened_mails_90d,
        cast(coalesce(mails.returned_mails_180d, 0) as bigint) as returned_mails_180d,
        {% for days in windows %}
        {{ segmentation.share('mails.engaged_mails_' ~ days ~ 'd', 'mails.mails_' ~ days ~ 'd') }} as engagement_rate_{{ days }}d,
        {{ segmentation.share('mails.clicked_mails_' ~ days ~ 'd', 'mails.mails_' ~ days ~ 'd') }} as click_through_{{ days }}d,
        {% endfor %}
        summed.last_sent_on,
        summed.last_opened_on,
        summed.last_clicked_on,
        summed.last_engaged_on,
        {{ segmentation.days_between('summed.last_engaged_on', 'profiles.as_of_on') }} as days_since_engaged,
        summed.mailed_since_on,
        case
            when summed.last_engaged_on > summed.mailed_since_on
                then {{ segmentation.days_between('summed.last_engaged_on', 'profiles.as_of_on') }}
            else {{ segmentation.days_between('summed.mailed_since_on', 'profiles.as_of_on') }}
        end as days_silent,
        favourites.link_category as most_clicked_category,
        hours.preferred_slot as preferred_hour,
        hours.expected_rate as preferred_hour_rate,
        hours.everybodys_because as preferred_hour_is_everybodys_because,
        case when hours.preferred_slot is not null then profiles.time_zone end as preferred_hour_time_zone,
        weekdays.preferred_slot as preferred_weekday,
        weekdays.expected_rate as preferred_weekday_rate,
        weekdays.everybodys_because as preferred_weekday_is_everybodys_because,
        tolerance.frequency_tolerance
    from profiles
    left join summed on profiles.customer_id = summed.customer_id
    left join mails on profiles.customer_id = mails.customer_id
    left join hours on profiles.customer_id = hours.customer_id
    left join weekdays on profiles.customer_id = weekdays.customer_id
    left join tolerance on profiles.customer_id = tolerance.customer_id
    left join favourites on profiles.customer_id = favourites.customer_id
)

select * from final
