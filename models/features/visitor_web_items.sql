{{ config(schema='internal') }}

-- What was searched, filled in, downloaded and looked at is too much to keep for ever, and old news. Summed before
-- people are joined: single events beside the map of people need more memory than a small machine has.
with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

events as (
    select
        cast(events.occurred_at as date) as occurred_on,
        events.source,
        {{ segmentation.visitor_key() }} as visitor_key,
        events.source_customer_id,
        events.occurred_at,
        case
            when events.event_type in ('product_view', 'add_to_cart') then 'product'
            when events.event_type = 'form_submit' then 'form'
            else events.event_type
        end as item_type,
        case
            when events.event_type = 'search' then lower(trim(events.search_term))
            when events.event_type in ('form_submit', 'download') then events.form_name
            else events.product_id
        end as item,
        case when events.event_type = 'add_to_cart' then 1 else 0 end as is_cart_addition,
        case when events.event_type = 'search' and events.search_results = 0 then 1 else 0 end as is_empty
    from {{ ref('unified_web_events') }} as events
    cross join as_of
    where
        events.event_type in ('search', 'form_submit', 'download', 'product_view', 'add_to_cart')
        and events.occurred_at >= {{ segmentation.days_before_as_of(90) }}
        and events.occurred_at < cast(as_of.as_of_on as timestamp)
),

final as (
    select
        occurred_on,
        source,
        visitor_key,
        item_type,
        item,
        min(source_customer_id) as first_source_customer_id,
        max(source_customer_id) as last_source_customer_id,
        count(*) as events,
        cast(sum(is_cart_addition) as bigint) as cart_additions,
        cast(sum(is_empty) as bigint) as empty_searches,
        max(occurred_at) as last_occurred_at
    from events
    where visitor_key is not null and item is not null
    group by occurred_on, source, visitor_key, item_type, item
)

select * from final
