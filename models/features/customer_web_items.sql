{{ config(schema='internal') }}

with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

-- What was searched, filled in, downloaded and looked at is too much to keep for ever, and old news.
events as (
    select
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

attributed as (
    select
        coalesce(by_visitor.customer_id, by_record.customer_id) as customer_id,
        events.*
    from events
    left join {{ ref('customer_identifiers') }} as by_visitor
        on by_visitor.identifier_type = 'anonymous_id' and events.visitor_key = by_visitor.identifier_value
    left join {{ ref('customer_identifiers') }} as by_record
        on
            by_record.identifier_type = 'customer_id'
            and events.source = by_record.source
            and events.source_customer_id = by_record.identifier_value
    left join {{ ref('web_bot_days') }} as bot_days
        on
            events.source = bot_days.source
            and events.visitor_key = bot_days.visitor_key
            and cast(events.occurred_at as date) = bot_days.occurred_on
    where
        events.visitor_key is not null
        and events.item is not null
        and bot_days.visitor_key is null
),

summed as (
    select
        customer_id,
        item_type,
        source,
        item,
        count(*) as events,
        cast(sum(is_cart_addition) as bigint) as cart_additions,
        cast(sum(is_empty) as bigint) as empty_searches,
        max(occurred_at) as last_occurred_at
    from attributed
    where customer_id is not null
    group by customer_id, item_type, source, item
),

final as (
    select
        summed.*,
        row_number() over (
            partition by customer_id, item_type
            order by last_occurred_at desc, item, source
        ) as newest_rank
    from summed
)

select * from final
