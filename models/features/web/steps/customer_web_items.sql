with visits as (
    {{ segmentation.attributed_visits('visitor_web_items') }}
),

summed as (
    select
        customer_id,
        item_type,
        source,
        item,
        cast(sum(events) as bigint) as events,
        cast(sum(cart_additions) as bigint) as cart_additions,
        cast(sum(empty_searches) as bigint) as empty_searches,
        max(last_occurred_at) as last_occurred_at
    from visits
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
