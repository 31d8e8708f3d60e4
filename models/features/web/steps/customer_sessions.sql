{#- Within a day the daily table has put sessions together; only what comes within 30 minutes of a midnight
    can go on over it, and only sessions of several logins may have been divided though all are one person. So only
    these few parts have to be put in order, each person's by themselves. -#}
{% set in_parts -%}
    is_shared
    or started_at <= {{ segmentation.add_to_time('cast(occurred_on as timestamp)', 30, 'minute') }}
    or ended_at >= {{ segmentation.add_to_time('cast(occurred_on as timestamp)', 24 * 60 - 30, 'minute') }}
{%- endset %}

-- Days are cut at midnight; a visit that went on is one session.
with with_pauses as (
    select
        visits.*,
        max(visits.ended_at) over (
            partition by visits.customer_id, visits.source, visits.visitor_key
            order by visits.started_at, coalesce(visits.source_customer_id, '')
            rows between unbounded preceding and 1 preceding
        ) as active_until
    from ({{ segmentation.attributed_visits('web_session_days') }}) as visits
    where {{ in_parts }}
),

with_begins as (
    select
        with_pauses.*,
        case when started_at <= {{ segmentation.add_to_time('active_until', 30, 'minute') }} then 0 else 1 end as begins
    from with_pauses
),

numbered as (
    select
        with_begins.*,
        sum(begins) over (
            partition by customer_id, source, visitor_key
            order by started_at, coalesce(source_customer_id, '')
            rows between unbounded preceding and current row
        ) as visit_number
    from with_begins
),

{% set sums = [
    'events', 'pages', 'product_views', 'category_views', 'content_views', 'searches', 'empty_searches', 'cart_additions',
    'cart_removals', 'unvalued_cart_events', 'checkouts', 'purchases', 'form_submits', 'downloads', 'cart_value_cents',
] %}

joined as (
    select
        customer_id,
        source,
        visitor_key,
        min(occurred_on) as started_on,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        {% for name in sums %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {% endfor %}
        cast(sum(cart_pieces) as numeric(18, 3)) as cart_pieces,
        min(device_type) as device_type
    from numbered
    group by customer_id, source, visitor_key, visit_number
),

sessions as (
    select * from joined

    union all

    select
        customer_id,
        source,
        visitor_key,
        occurred_on as started_on,
        started_at,
        ended_at,
        {% for name in sums %}
        {{ name }},
        {% endfor %}
        cart_pieces,
        device_type
    from ({{ segmentation.attributed_visits('web_session_days') }}) as visits
    where not ({{ in_parts }})
),

final as (
    select
        sessions.*,
        {{ segmentation.seconds_between('started_at', 'ended_at') }} as duration_seconds
    from sessions
)

select * from final
