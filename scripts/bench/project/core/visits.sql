-- Sessions with a pause of 30 minutes, and web features per customer.
create temp table session_parts as
with delivered as not materialized (
    select
        event_id, occurred_at, loaded_at, device_type, search_results,
        lower(trim(event_type)) as event_type,
        nullif(trim(source_customer_id), '') as source_customer_id,
        coalesce(nullif(anonymous_id, ''), 'customer:' || nullif(trim(source_customer_id), '')) as visitor_key
    from read_parquet(getvariable('files') || '/web_events.parquet')
    where occurred_at < getvariable('as_of')
),
-- An id that came twice on one day is one event: the delivery that arrived last.
repeated as materialized (
    select event_id, occurred_at::date as occurred_on, max(loaded_at) as last_loaded_at
    from read_parquet(getvariable('files') || '/web_events.parquet')
    where occurred_at < getvariable('as_of')
    group by event_id, occurred_at::date
    having count(*) > 1
),
kept as (
    select delivered.* exclude (loaded_at)
    from delivered
    anti join repeated
        on delivered.event_id = repeated.event_id and delivered.occurred_at::date = repeated.occurred_on
    where loaded_at is null or occurred_at <= loaded_at + interval 1 day
    union all
    select distinct on (delivered.event_id, repeated.occurred_on) delivered.* exclude (loaded_at)
    from delivered
    join repeated
        on delivered.event_id = repeated.event_id and delivered.occurred_at::date = repeated.occurred_on
    where delivered.loaded_at = repeated.last_loaded_at
),
-- Two events of one half hour are never more than 30 minutes apart.
half_hours as (
    select
        visitor_key,
        epoch_us(occurred_at) // 1_800_000_000 as half_hour,
        min(source_customer_id) as first_id,
        max(source_customer_id) as last_id,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        min(device_type) as device_type,
        count(*) as events,
        count(*) filter (event_type in ('page_view', 'product_view', 'category_view', 'content_view')) as pages,
        count(*) filter (event_type = 'product_view') as product_views,
        count(*) filter (event_type = 'category_view') as category_views,
        count(*) filter (event_type = 'content_view') as content_views,
        count(*) filter (event_type = 'search') as searches,
        count(*) filter (event_type = 'search' and search_results = 0) as empty_searches,
        count(*) filter (event_type = 'form_submit') as form_submits,
        count(*) filter (event_type = 'download') as downloads,
        count(*) filter (event_type = 'add_to_cart') as cart_additions,
        count(*) filter (event_type = 'begin_checkout') as checkouts
    from kept
    where
        visitor_key is not null
        and event_type in (
            'page_view', 'product_view', 'category_view', 'content_view', 'search', 'add_to_cart',
            'remove_from_cart', 'begin_checkout', 'purchase', 'form_submit', 'download'
        )
    group by visitor_key, half_hour
),
pauses as (
    select
        *,
        half_hour // 48 as day_number,
        sum(events) over (partition by visitor_key, half_hour // 48) as events_of_day,
        lag(ended_at) over (partition by visitor_key, half_hour // 48 order by half_hour) as previous_ended_at
    from half_hours
),
numbered as (
    select
        *,
        sum(if(started_at <= previous_ended_at + interval 30 minutes, 0, 1)) over (
            partition by visitor_key, day_number order by half_hour rows unbounded preceding
        ) as part_number
    from pauses
    where events_of_day <= (
        select setting from read_csv(getvariable('rules') || '/feature_thresholds.csv')
        where threshold = 'bot_events_per_day'
    )
)
select
    visitor_key,
    min(first_id) as first_id,
    max(last_id) as last_id,
    min(started_at) as started_at,
    max(ended_at) as ended_at,
    min(device_type) as device_type,
    columns(['pages', 'product_views', 'category_views', 'content_views', 'searches', 'empty_searches',
        'form_submits', 'downloads', 'cart_additions', 'checkouts']).sum()::bigint
from numbered
group by visitor_key, day_number, part_number;

-- Whose they are; and a visit that went on over midnight is one session.
create temp table sessions as
with attributed as (
    select coalesce(visits_of.customer_id, orders_of.customer_id) as customer_id, parts.*
    from session_parts as parts
    left join visits_of using (visitor_key)
    left join orders_of on parts.first_id = parts.last_id and parts.first_id = orders_of.source_customer_id
    where coalesce(visits_of.customer_id, orders_of.customer_id) is not null
),
pauses as (
    select
        *,
        started_at <= lag(ended_at) over (partition by visitor_key order by started_at) + interval 30 minutes as goes_on
    from attributed
),
numbered as (
    select
        *,
        sum(if(goes_on, 0, 1)) over (
            partition by visitor_key order by started_at rows unbounded preceding
        ) as visit_number
    from pauses
)
select
    min(customer_id) as customer_id,
    min(started_at) as started_at,
    min(device_type) as device_type,
    getvariable('as_of') - min(started_at)::date as age,
    epoch_us(max(ended_at)) // 1_000_000 - epoch_us(min(started_at)) // 1_000_000 as duration_seconds,
    columns(['pages', 'product_views', 'category_views', 'content_views', 'searches', 'empty_searches',
        'form_submits', 'downloads', 'cart_additions', 'checkouts']).sum()::bigint
from numbered
group by visitor_key, visit_number;

create temp table web_features as
with devices as (
    select customer_id, device_type as usual_device
    from sessions
    where device_type is not null
    group by customer_id, device_type
    qualify row_number() over (
        partition by customer_id order by count(*) desc, max(started_at) desc, device_type
    ) = 1
),
summed as (
    select
        customer_id,
        count(*) as sessions,
        count(*) filter (age <= 7) as sessions_7d,
        count(*) filter (age <= 30) as sessions_30d,
        count(*) filter (age <= 90) as sessions_90d,
        sum(pages)::bigint as pages,
        sum(if(age <= 30, pages, 0))::bigint as pages_30d,
        sum(product_views)::bigint as product_views,
        sum(if(age <= 7, product_views, 0))::bigint as product_views_7d,
        sum(if(age <= 30, product_views, 0))::bigint as product_views_30d,
        sum(if(age <= 90, product_views, 0))::bigint as product_views_90d,
        sum(category_views)::bigint as category_views,
        sum(if(age <= 30, category_views, 0))::bigint as category_views_30d,
        sum(content_views)::bigint as content_views,
        sum(if(age <= 30, content_views, 0))::bigint as content_views_30d,
        sum(if(age <= 90, content_views, 0))::bigint as content_views_90d,
        sum(searches)::bigint as searches,
        sum(if(age <= 30, searches, 0))::bigint as searches_30d,
        sum(if(age <= 90, searches, 0))::bigint as searches_90d,
        sum(empty_searches)::bigint as empty_searches,
        sum(if(age <= 90, empty_searches, 0))::bigint as empty_searches_90d,
        sum(form_submits)::bigint as form_submits,
        sum(if(age <= 90, form_submits, 0))::bigint as form_submits_90d,
        sum(downloads)::bigint as downloads,
        sum(if(age <= 90, downloads, 0))::bigint as downloads_90d,
        sum(cart_additions)::bigint as cart_additions,
        sum(if(age <= 30, cart_additions, 0))::bigint as cart_additions_30d,
        sum(checkouts)::bigint as checkouts,
        sum(if(age <= 7, checkouts, 0))::bigint as checkouts_7d,
        sum(if(age <= 30, checkouts, 0))::bigint as checkouts_30d,
        sum(duration_seconds)::bigint as duration_seconds,
        sum(if(age <= 30, duration_seconds, 0))::bigint as duration_seconds_30d,
        min(started_at)::date as first_session_on,
        max(started_at)::date as last_session_on
    from sessions
    group by customer_id
)
select * from summed left join devices using (customer_id);
