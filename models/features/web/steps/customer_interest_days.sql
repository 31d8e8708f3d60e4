with products as (
    select * from {{ ref('unified_products') }}
),

visits as (
    {{ segmentation.attributed_visits('web_interest_days') }}
),

named as (
    select
        visits.customer_id,
        visits.source,
        visits.visitor_key,
        visits.occurred_on,
        case when visits.interest_type = 'topic' then 'topic' else 'category' end as interest_type,
        case
            when visits.interest_type = 'product' then coalesce(products.category, 'uncategorised')
            else visits.interest
        end as interest,
        visits.views,
        visits.cart_additions
    from visits
    left join products
        on
            visits.interest_type = 'product'
            and visits.source = products.source
            and visits.interest = products.product_id
),

final as (
    select
        customer_id,
        source,
        visitor_key,
        occurred_on,
        interest_type,
        interest,
        cast(sum(views) as bigint) as views,
        cast(sum(cart_additions) as bigint) as cart_additions
    from named
    group by customer_id, source, visitor_key, occurred_on, interest_type, interest
)

select * from final
