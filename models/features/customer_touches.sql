{{ config(schema='internal') }}

with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

identifiers as (
    select * from {{ ref('customer_identifiers') }}
),

touches as (
    {{ segmentation.attributed_visits('web_touches') }}
),

ranked as (
    select
        touches.*,
        row_number() over (partition by customer_id order by occurred_at, source, event_id) as first_rank,
        row_number() over (partition by customer_id order by occurred_at desc, source desc, event_id desc) as last_rank
    from touches
),

final as (
    select
        customer_id,
        {% for column in ('referrer', 'utm_source', 'utm_medium', 'utm_campaign') %}
        max(case when first_rank = 1 then {{ column }} end) as first_{{ column }},
        max(case when last_rank = 1 then {{ column }} end) as last_{{ column }},
        {% endfor %}
        min(occurred_at) as first_touched_at,
        max(occurred_at) as last_touched_at
    from ranked
    where first_rank = 1 or last_rank = 1
    group by customer_id
)

select * from final
