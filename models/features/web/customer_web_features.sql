{#- Sums of sessions, and the windows in days that each is told for besides all time. -#}
{% set windows = {
    'pages': [30], 'product_views': [7, 30, 90], 'category_views': [30], 'content_views': [30, 90], 'searches': [30, 90],
    'empty_searches': [90], 'form_submits': [90], 'downloads': [90], 'cart_additions': [30], 'checkouts': [7, 30],
    'duration_seconds': [30],
} %}

with profiles as (
    select
        customer_id,
        as_of_on
    from {{ ref('customer_profiles') }}
),

sessions as (
    select
        sessions.*,
        {{ segmentation.days_between('sessions.started_on', 'as_of.as_of_on') }} as age_days
    from {{ ref('customer_sessions') }} as sessions
    cross join {{ ref('as_of_day') }} as as_of
),

visits as (
    select
        customer_id,
        count(*) as sessions,
        {% for days in (7, 30, 90) %}
        sum(case when age_days <= {{ days }} then 1 else 0 end) as sessions_{{ days }}d,
        {% endfor %}
        {% for name, lengths in windows.items() %}
        sum({{ name }}) as {{ name }},
        {% for days in lengths %}
        sum(case when age_days <= {{ days }} then {{ name }} else 0 end) as {{ name }}_{{ days }}d,
        {% endfor %}
        {% endfor %}
        min(started_on) as first_session_on,
        max(started_on) as last_session_on
    from sessions
    group by customer_id
),

device_sessions as (
    select
        customer_id,
        device_type,
        row_number() over (
            partition by customer_id
            order by count(*) desc, max(started_at) desc, device_type
        ) as device_rank
    from sessions
    where device_type is not null
    group by customer_id, device_type
),

carts as (
    select * from {{ ref('customer_cart_features') }}
),

touches as (
    select * from {{ ref('customer_touches') }}
),

interests as (
    select
        customer_id,
        max(case when interest_type = 'category' then interest end) as most_viewed_category,
        max(case when interest_type = 'topic' then interest end) as most_read_topic
    from {{ ref('customer_interests') }}
    where interest_rank = 1 and views > 0
    group by customer_id
),

items as (
    select
        customer_id,
        max(case when item_type = 'search' and newest_rank = 1 then item end) as last_search_term,
        max(case when item_type = 'search' and newest_rank = 2 then item end) as second_last_search_term,
        max(case when item_type = 'search' and newest_rank = 3 then item end) as third_last_search_term,
        max(case when item_type = 'form' and newest_rank = 1 then item end) as last_form,
        max(case when item_type = 'download' and newest_rank = 1 then item end) as last_download
    from {{ ref('customer_web_items') }}
    where newest_rank <= 3
    group by customer_id
),

final as (
    select
        profiles.customer_id,
        profiles.as_of_on,
        cast(coalesce(visits.sessions, 0) as bigint) as sessions,
        {% for days in (7, 30, 90) %}
        cast(coalesce(visits.sessions_{{ days }}d, 0) as bigint) as sessions_{{ days }}d,
        {% endfor %}
        {% for name, lengths in windows.items() %}
        cast(coalesce(visits.{{ name }}, 0) as bigint) as {{ name }},
        {% for days in lengths %}
        cast(coalesce(visits.{{ name }}_{{ days }}d, 0) as bigint) as {{ name }}_{{ days }}d,
        {% endfor %}
        {% endfor %}
        visits.first_session_on,
        visits.last_session_on,
        {{ segmentation.days_between('visits.last_session_on', 'profiles.as_of_on') }} as days_since_last_session,
        device_sessions.device_type as usual_device,
        cast(coalesce(carts.carts, 0) as bigint) as carts,
        cast(coalesce(carts.carts_30d, 0) as bigint) as carts_30d,
        cast(coalesce(carts.abandoned_carts_30d, 0) as bigint) as abandoned_carts_30d,
        cast(coalesce(carts.abandoned_carts_90d, 0) as bigint) as abandoned_carts_90d,
        cast(coalesce(carts.recovered_carts_90d, 0) as bigint) as recovered_carts_90d,
        carts.last_abandoned_cart_on,
        {{ segmentation.days_between('carts.last_abandoned_cart_on', 'profiles.as_of_on') }} as days_since_abandoned_cart,
        carts.last_abandoned_cart_value,
        carts.last_abandoned_cart_categories,
        coalesce(carts.last_abandoned_cart_has_checkout, false) as last_abandoned_cart_has_checkout,
        {% for column in ('referrer', 'utm_source', 'utm_medium', 'utm_campaign') %}
        touches.first_{{ column }},
        touches.last_{{ column }},
        {% endfor %}
        interests.most_viewed_category,
        interests.most_read_topic,
        items.last_search_term,
        items.second_last_search_term,
        items.third_last_search_term,
        items.last_form,
        items.last_download
    from profiles
    left join visits on profiles.customer_id = visits.customer_id
    left join device_sessions on profiles.customer_id = device_sessions.customer_id and device_sessions.device_rank = 1
    left join carts on profiles.customer_id = carts.customer_id
    left join touches on profiles.customer_id = touches.customer_id
    left join interests on profiles.customer_id = interests.customer_id
    left join items on profiles.customer_id = items.customer_id
)

select * from final
