-- Grain: one row per delivery of a web event; a few are delivered twice.
with steps as (
    select
        *,
        session_key * 32 + step as event_key,
        steps - 1 - step as steps_left
    from (select *, unnest(range(steps)) as step from sessions)
),

delivered as (
    select *, 0 as copy from steps
    union all
    select *, copy_kind(event_key, 506) from steps where copy_kind(event_key, 506) is not null
),

typed as (
    select
        *,
        start_s + step * pace_s
        + if(step = 0 or steps_left = 0, 0, whole(event_key, 500, pace_s)) as occurred_s,
        case
            when kind = 0 and steps_left = 0 then 'purchase'
            when kind = 0 and steps_left = 1 then 'begin_checkout'
            when kind = 0 and steps_left = 2 then 'add_to_cart'
            when kind = 1 and steps_left = 1 then 'add_to_cart'
            when kind = 1 and steps_left = 0
                then pick(
                    ['begin_checkout', 'begin_checkout', 'remove_from_cart', 'product_view'],
                    event_key, 501
                )
            when kind = 5 and steps_left = 0
                then pick(['form_submit', 'download'], event_key, 501)
            when kind = 4 then 'content_view'
            when step = 0 then 'page_view'
            when kind = 3 and (step = 1 or finds_nothing) then 'search'
            else pick(
                ['product_view', 'product_view', 'product_view', 'category_view', 'page_view'],
                event_key, 502
            )
        end as event_type
    from delivered
),

placed as (
    select
        *,
        event_type in ('product_view', 'add_to_cart', 'remove_from_cart') as shows_product,
        -- While looking around, every other view is of another product of the category.
        if(
            event_type = 'product_view' and chance(event_key, 503, 0.5),
            product // 15 * 15 + whole(event_key, 504, 15),
            product
        ) as seen_product,
        1 + whole(session_key, 505, 3) // 2 as pieces
    from typed
)

select
    event_key as sort_key,
    copy,
    'W' || event_key as event_id,
    if(
        chance(event_key, 507, future_event_share()),
        timestamp '2099-06-01 12:00:00',
        moment(occurred_s)
    ) as occurred_at,
    anonymous_id,
    if(step >= login_step, customer_id, null) as source_customer_id,
    'S' || session_key as session_id,
    event_type,
    case
        when shows_product then '/products/' || lower(product_id(seen_product))
        when event_type = 'category_view' then '/' || lower(categories()[product // 15 + 1])
        when event_type = 'content_view'
            then '/guides/' || replace(topics()[product // 15 + 1], ' ', '-')
        when event_type = 'search' then '/search'
        when event_type = 'begin_checkout' then '/checkout'
        when event_type = 'purchase' then '/checkout/thank-you'
        when event_type = 'form_submit' then '/contact'
        when event_type = 'download' then '/downloads'
        else pick(['/', '/', '/new', '/sale', '/about'], event_key, 508)
    end as page_path,
    case
        when step > 0 then null
        when came_by in ('organic', 'paid_search') then 'search.example.com'
        when came_by = 'paid_social' then 'social.example.net'
        when came_by = 'referral' then 'blog.example.org'
    end as referrer,
    case
        when step > 0 then null
        when came_by = 'paid_search' then 'search'
        when came_by = 'paid_social' then 'social'
        when came_by = 'newsletter' then 'newsletter'
    end as utm_source,
    case
        when step > 0 then null
        when came_by = 'paid_search' then 'cpc'
        when came_by = 'paid_social' then 'paid_social'
        when came_by = 'newsletter' then 'email'
    end as utm_medium,
    case
        when step > 0 then null
        when came_by = 'paid_search' then 'PS-' || strftime(moment(start_s), '%Y-%m')
        when came_by = 'paid_social' then 'SO-' || strftime(moment(start_s), '%Y-%m')
        when came_by = 'newsletter'
            then mailing_id(greatest(0, (start_s - mailing_s(0)) // (14 * 86400)))
    end as utm_campaign,
    device_type,
    if(shows_product, product_id(seen_product), null) as product_id,
    if(shows_product or event_type = 'category_view', categories()[product // 15 + 1], null)
        as category,
    if(event_type = 'content_view', topics()[product // 15 + 1], null) as content_topic,
    case
        when event_type <> 'search' then null
        when finds_nothing then pick(empty_searches(), event_key, 509)
        else pick(found_searches(), event_key, 509)
    end as search_term,
    case
        when event_type <> 'search' then null
        when finds_nothing then 0
        else 1 + whole(event_key, 510, 40)
    end as search_results,
    if(event_type in ('add_to_cart', 'remove_from_cart'), pieces, null) as quantity,
    case
        when event_type = 'purchase' then order_amount
        when event_type in ('add_to_cart', 'remove_from_cart')
            then round(list_price(product) * per_eur(currency), 2) * pieces
    end + if(copy = 2, 1, 0) as event_value,
    if(event_type in ('purchase', 'add_to_cart', 'remove_from_cart'), currency, null) as currency,
    case
        when event_type = 'form_submit'
            then pick(['contact', 'newsletter_signup', 'price_request'], event_key, 511)
        when event_type = 'download'
            then pick(['size-guide.pdf', 'care-guide.pdf', 'catalogue.pdf'], event_key, 511)
    end as form_name,
    if(copy = 2, moment(occurred_s + 5), arrival(occurred_s, event_key, 512)) as loaded_at
from placed
