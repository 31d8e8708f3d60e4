with touches as (
    {{ segmentation.attributed_visits('web_touches') }}
),

-- Only touches at the very first and last time need an order: to rank all of them costs twice as much.
bounds as (
    select
        customer_id,
        min(occurred_at) as first_touched_at,
        max(occurred_at) as last_touched_at
    from touches
    group by customer_id
),

ranked as (
    select
        touches.*,
        bounds.first_touched_at,
        bounds.last_touched_at,
        row_number() over (partition by touches.customer_id order by touches.occurred_at, touches.source, touches.event_id)
            as first_rank,
        row_number() over (
            partition by touches.customer_id
            order by touches.occurred_at desc, touches.source desc, touches.event_id desc
        ) as last_rank
    from touches
    inner join bounds
        on
            touches.customer_id = bounds.customer_id
            and (touches.occurred_at = bounds.first_touched_at or touches.occurred_at = bounds.last_touched_at)
),

final as (
    select
        customer_id,
        {% for column in ('referrer', 'utm_source', 'utm_medium', 'utm_campaign') %}
        max(case when first_rank = 1 then {{ column }} end) as first_{{ column }},
        max(case when last_rank = 1 then {{ column }} end) as last_{{ column }},
        {% endfor %}
        min(first_touched_at) as first_touched_at,
        max(last_touched_at) as last_touched_at
    from ranked
    where first_rank = 1 or last_rank = 1
    group by customer_id
)

select * from final
