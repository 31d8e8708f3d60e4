{{ config(
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('occurred_on'),
    post_hook="{{ segmentation.stop_on_unrated_events(this) }}",
    **segmentation.clustered_by_day('occurred_on')
) }}

{% set days = segmentation.stale_days('web_events') %}
{#- What is counted per session: name and the condition on an event. -#}
{% set counts = {
    'pages': "event_type in ('page_view', 'product_view', 'category_view', 'content_view')",
    'product_views': "event_type = 'product_view'",
    'category_views': "event_type = 'category_view'",
    'content_views': "event_type = 'content_view'",
    'searches': "event_type = 'search'",
    'empty_searches': "event_type = 'search' and search_results = 0",
    'cart_additions': "event_type = 'add_to_cart'",
    'cart_removals': "event_type = 'remove_from_cart'",
    'unvalued_cart_events': "event_type in ('add_to_cart', 'remove_from_cart') and cart_value is null",
    'checkouts': "event_type = 'begin_checkout'",
    'purchases': "event_type = 'purchase'",
    'form_submits': "event_type = 'form_submit'",
    'downloads': "event_type = 'download'",
} %}

with rates as (
    select * from {{ ref('exchange_rate_periods') }}
),

events as (
    select
        source,
        {{ segmentation.visitor_key() }} as visitor_key,
        source_customer_id,
        cast(occurred_at as date) as occurred_on,
        occurred_at,
        event_type,
        search_results,
        device_type,
        case when event_type in ('add_to_cart', 'remove_from_cart') then event_value end as cart_value,
        case event_type when 'add_to_cart' then 1 when 'remove_from_cart' then -1 else 0 end
        * coalesce(nullif(abs(quantity), 0), 1) as cart_pieces,
        case
            when event_type in ('add_to_cart', 'remove_from_cart') and event_value is not null
                then coalesce(currency, '{{ var("segmentation_currency") }}')
        end as currency
    from {{ ref('unified_web_events') }}
    where {{ segmentation.in_days('occurred_at', days) }}
),

-- Two events of one half hour of the clock are never more than 30 minutes apart: they are one session, and
-- only these few groups have to be put in order. Logins are kept apart: several people may use a device.
half_hours as (
    select
        events.source,
        events.visitor_key,
        events.occurred_on,
        {{ segmentation.half_hours('events.occurred_at') }} as half_hour,
        events.source_customer_id,
        min(events.occurred_at) as started_at,
        max(events.occurred_at) as ended_at,
        count(*) as events,
        {% for name, condition in counts.items() %}
        sum(case when {{ condition }} then 1 else 0 end) as {{ name }},
        {% endfor %}
        sum(
            case when events.event_type = 'remove_from_cart' then -1 else 1 end
            * {{ segmentation.converted_cents('events.cart_value', 'rates.exchange_rate') }}
        ) as cart_value_cents,
        sum(events.cart_pieces) as cart_pieces,
        min(case when rates.currency is null then events.currency end) as currency_without_rate,
        min(events.device_type) as device_type
    from events
    left join rates
        on
            events.currency = rates.currency
            and events.occurred_at >= rates.valid_from
            and events.occurred_at < rates.valid_to
    where events.visitor_key is not null
    group by
        events.source, events.visitor_key, events.occurred_on, events.source_customer_id,
        {{ segmentation.half_hours('events.occurred_at') }}
),

with_pauses as (
    select
        half_hours.*,
        max(ended_at) over (
            partition by source, visitor_key, occurred_on
            order by half_hour, started_at, coalesce(source_customer_id, '')
            rows between unbounded preceding and 1 preceding
        ) as active_until
    from half_hours
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
            partition by source, visitor_key, occurred_on
            order by half_hour, started_at, coalesce(source_customer_id, '')
            rows between unbounded preceding and current row
        ) as session_number,
        sum(events) over (partition by source, visitor_key, occurred_on) as visitor_events
    from with_begins
),

with_logins as (
    select
        numbered.*,
        min(source_customer_id) over (partition by source, visitor_key, occurred_on, session_number) as one_login,
        max(source_customer_id) over (partition by source, visitor_key, occurred_on, session_number) as other_login
    from numbered
),

-- All of a session is of the one who was logged in. Of a session with several logins each has what names it; what
-- names nobody is nobody's.
with_owners as (
    select
        with_logins.*,
        coalesce(one_login != other_login, false) as is_shared,
        case when one_login = other_login then one_login else source_customer_id end as owner_id
    from with_logins
),

sessions as (
    select
        occurred_on,
        source,
        visitor_key,
        cast(session_number as integer) as session_number,
        owner_id as source_customer_id,
        is_shared,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        cast(sum(events) as bigint) as events,
        cast(max(visitor_events) as bigint) as visitor_events,
        {% for name in counts %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {% endfor %}
        cast(sum(cart_value_cents) as bigint) as cart_value_cents,
        cast(sum(cart_pieces) as numeric(18, 3)) as cart_pieces,
        min(currency_without_rate) as currency_without_rate,
        min(device_type) as device_type
    from with_owners
    group by source, visitor_key, occurred_on, session_number, owner_id, is_shared
),

{{ segmentation.with_day_markers('web_events', days, 'sessions', [
    'source', 'visitor_key', 'session_number', 'source_customer_id', 'is_shared', 'started_at', 'ended_at', 'events',
    'visitor_events',
] + counts.keys() | list + ['cart_value_cents', 'cart_pieces', 'currency_without_rate', 'device_type']) }}

select * from final
