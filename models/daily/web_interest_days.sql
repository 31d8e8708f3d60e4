{{ config(
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('occurred_on'),
    **segmentation.clustered_by_day('occurred_on')
) }}

{% set days = segmentation.stale_days('web_events') %}

-- The category as the event gives it; where it gives none, the product, whose category is looked up later:
-- the product table may change, what was seen may not.
with views as (
    select
        cast(occurred_at as date) as occurred_on,
        source,
        {{ segmentation.visitor_key() }} as visitor_key,
        source_customer_id,
        case
            when event_type = 'content_view' then 'topic'
            when category is not null then 'category'
            else 'product'
        end as interest_type,
        case
            when event_type = 'content_view' then content_topic
            else coalesce(category, product_id)
        end as interest,
        event_type
    from {{ ref('unified_web_events') }}
    where
        event_type in ('product_view', 'category_view', 'content_view', 'add_to_cart')
        and {{ segmentation.in_days('occurred_at', days) }}
),

interests as (
    select
        occurred_on,
        source,
        visitor_key,
        interest_type,
        interest,
        source_customer_id,
        cast(sum(case when event_type != 'add_to_cart' then 1 else 0 end) as bigint) as views,
        cast(sum(case when event_type = 'add_to_cart' then 1 else 0 end) as bigint) as cart_additions
    from views
    where visitor_key is not null and interest is not null
    group by occurred_on, source, visitor_key, source_customer_id, interest_type, interest
),

{{ segmentation.with_day_markers('web_events', days, 'interests', [
    'source', 'visitor_key', 'interest_type', 'interest', 'source_customer_id', 'views',
    'cart_additions',
]) }}

select * from final
