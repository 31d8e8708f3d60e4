{{ config(schema='internal') }}

{#- Within a day the daily table has put sessions together; only what comes within 30 minutes of a midnight
    can go on over it, so only these few parts have to be put in order. -#}
{% set near_midnight -%}
    started_at <= {{ segmentation.add_to_time('cast(occurred_on as timestamp)', 30, 'minute') }}
    or ended_at >= {{ segmentation.add_to_time('cast(occurred_on as timestamp)', 24 * 60 - 30, 'minute') }}
{%- endset %}

-- Days are cut at midnight; a visit that went on is one session.
with with_begins as (
    select
        visits.*,
        case
            when visits.started_at <= {{ segmentation.add_to_time('lag(visits.ended_at) over (partition by visits.source, visits.visitor_key order by visits.started_at)', 30, 'minute') }}
                then 0
            else 1
        end as begins
    from ({{ segmentation.attributed_visits('web_session_days') }}) as visits
    where {{ near_midnight }}
),

numbered as (
    select
        with_begins.*,
        sum(begins) over (
            partition by source, visitor_key order by started_at
            rows between unbounded preceding and current row
        ) as visit_number
    from with_begins
),

{% set sums = [
    'events', 'pages', 'product_views', 'category_views', 'content_views', 'searches', 'empty_searches', 'cart_additions',
    'cart_removals', 'unvalued_cart_events', 'checkouts', 'purchases', 'form_submits', 'downloads', 'cart_value_cents',
] %}

over_midnight as (
    select
        min(customer_id) as customer_id,
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
    group by source, visitor_key, visit_number
),

sessions as (
    select * from over_midnight

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
    where not ({{ near_midnight }})
),

final as (
    select
        sessions.*,
        {{ segmentation.seconds_between('started_at', 'ended_at') }} as duration_seconds
    from sessions
)

select * from final
