-- What was searched, filled in, downloaded and looked at is too much to keep for ever, and old news. Summed before
-- people are joined: single events beside the map of people need more memory than a small machine has.
with events as (
    select
        cast(occurred_at as date) as occurred_on,
        source,
        {{ segmentation.visitor_key() }} as visitor_key,
        source_customer_id,
        occurred_at,
        case
            when event_type in ('product_view', 'add_to_cart') then 'product'
            when event_type = 'form_submit' then 'form'
            else event_type
        end as item_type,
        case
            when event_type = 'search' then lower(trim(search_term))
            when event_type in ('form_submit', 'download') then form_name
            else product_id
        end as item,
        case when event_type = 'add_to_cart' then 1 else 0 end as is_cart_addition,
        case when event_type = 'search' and search_results = 0 then 1 else 0 end as is_empty
    from {{ ref('unified_web_events') }}
    where
        event_type in ('search', 'form_submit', 'download', 'product_view', 'add_to_cart')
        and occurred_at >= {{ segmentation.days_before_as_of(90) }}
        and occurred_at < {{ segmentation.days_before_as_of(0) }}
),

final as (
    select
        occurred_on,
        source,
        visitor_key,
        item_type,
        item,
        source_customer_id,
        count(*) as events,
        cast(sum(is_cart_addition) as bigint) as cart_additions,
        cast(sum(is_empty) as bigint) as empty_searches,
        max(occurred_at) as last_occurred_at
    from events
    where visitor_key is not null and item is not null
    group by occurred_on, source, visitor_key, source_customer_id, item_type, item
)

select * from final
