with category_days as (
    select * from {{ ref('customer_category_days') }}
),

summed as (
    select
        customer_id,
        category,
        cast(sum(order_lines) as bigint) as order_lines,
        cast(sum(quantity) as numeric(18, 4)) as quantity,
        cast(sum(revenue_cents) as bigint) as revenue_cents,
        min(ordered_on) as first_bought_on,
        max(ordered_on) as last_bought_on
    from category_days
    group by customer_id, category
),

final as (
    select
        summed.*,
        row_number() over (
            partition by customer_id
            order by revenue_cents desc, order_lines desc, category
        ) as category_rank
    from summed
)

select * from final
