{% set counts = ['sent', 'delivered', 'opens', 'machine_opens', 'clicks', 'bounces'] %}
{% set windows = [30, 90, 180] %}

with profiles as (
    select
        customer_id,
        as_of_on
    from {{ ref('customer_profiles') }}
),

as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

thresholds as (
    {{ segmentation.settings('feature_thresholds', ['email_hours_minimum']) }}
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
    where mails.delivered > 0
),

mails as (
    select
        customer_id,
        {% for days in windows %}
        sum(case when age_days <= {{ days }} then 1 else 0 end) as mails_{{ days }}d,
        sum(case when age_days <= {{ days }} and opens + clicks > 0 then 1 else 0 end) as engaged_mails_{{ days }}d,
        sum(case when age_days <= {{ days }} and clicks > 0 then 1 else 0 end)
            as clicked_mails_{{ days }}d{{ ',' if not loop.last }}
        {% endfor %}
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
        {% for days in windows %}
        {{ segmentation.share('mails.engaged_mails_' ~ days ~ 'd', 'mails.mails_' ~ days ~ 'd') }} as engagement_rate_{{ days }}d,
        {{ segmentation.share('mails.clicked_mails_' ~ days ~ 'd', 'mails.mails_' ~ days ~ 'd') }} as click_through_{{ days }}d,
        {% endfor %}
        summed.last_sent_on,
        summed.last_opened_on,
        summed.last_clicked_on,
        summed.last_engaged_on,
        {{ segmentation.days_between('summed.last_engaged_on', 'profiles.as_of_on') }} as days_since_engaged,
        favourites.link_category as most_clicked_category,
        case when hours.engagements >= thresholds.email_hours_minimum then hours.preferred_slot end as preferred_hour,
        case when hours.engagements >= thresholds.email_hours_minimum then hours.slot_share end as preferred_hour_share,
        case when weekdays.engagements >= thresholds.email_hours_minimum then weekdays.preferred_slot end as preferred_weekday,
        case when weekdays.engagements >= thresholds.email_hours_minimum then weekdays.slot_share end as preferred_weekday_share,
        cast(coalesce(hours.engagements, 0) as bigint) as engagements_180d,
        tolerance.frequency_tolerance
    from profiles
    cross join thresholds
    left join summed on profiles.customer_id = summed.customer_id
    left join mails on profiles.customer_id = mails.customer_id
    left join hours on profiles.customer_id = hours.customer_id
    left join weekdays on profiles.customer_id = weekdays.customer_id
    left join tolerance on profiles.customer_id = tolerance.customer_id
    left join favourites on profiles.customer_id = favourites.customer_id
)

select * from final
