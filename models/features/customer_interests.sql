{{ config(schema='internal') }}

with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

seen as (
    select
        days.*,
        {{ segmentation.days_between('days.occurred_on', 'as_of.as_of_on') }} as age_days
    from {{ ref('customer_interest_days') }} as days
    cross join as_of
),

summed as (
    select
        customer_id,
        interest_type,
        interest,
        cast(sum(views) as bigint) as views,
        {% for days in (30, 90) %}
        cast(sum(case when age_days <= {{ days }} then views else 0 end) as bigint) as views_{{ days }}d,
        {% endfor %}
        cast(sum(case when age_days <= 90 then cart_additions else 0 end) as bigint) as cart_additions_90d,
        max(case when views > 0 then occurred_on end) as last_viewed_on
    from seen
    group by customer_id, interest_type, interest
),

final as (
    select
        summed.*,
        row_number() over (
            partition by customer_id, interest_type
            order by views_90d desc, views desc, last_viewed_on desc, interest
        ) as interest_rank
    from summed
)

select * from final
