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
        summed.customer_id,
        as_of.as_of_on,
        summed.interest_type,
        summed.interest,
        summed.views,
        summed.views_30d,
        summed.views_90d,
        summed.cart_additions_90d,
        summed.last_viewed_on,
        cast(row_number() over (
            partition by summed.customer_id, summed.interest_type
            order by summed.views_90d desc, summed.views desc, summed.last_viewed_on desc nulls last, summed.interest
        ) as integer) as interest_rank
    from summed
    cross join as_of
)

select * from final
