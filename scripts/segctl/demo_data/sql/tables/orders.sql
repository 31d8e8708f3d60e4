-- Grain: one row per delivery of an order; a few orders are delivered twice.
with amounts as (
    select
        o.*,
        t.gross_amount,
        t.order_amount
    from shop_orders as o
    inner join totals as t on o.order_key = t.order_key
),

delivered as (
    select *, 0 as copy from amounts
    union all
    select *, copy_kind(order_key, 250) from amounts where copy_kind(order_key, 250) is not null
)

select
    order_key as sort_key,
    copy,
    order_id,
    customer_id as source_customer_id,
    case
        -- Guests get their confirmation there, so a broken one would have come back.
        when customer_id is null or with_other_email then untidy(email, order_key, 253)
        -- At the counter and on the phone nobody asks regular customers for it.
        when channel in ('store', 'phone') and chance(order_key, 252, 0.3) then null
        else mistyped(email, order_key, 253)
    end as email,
    -- hash() of null is not null, hence the test.
    if(device is not null and chance(order_key, 257, 0.9), visitor_id(person, device), null)
        as anonymous_id,
    if(kind = 3, timestamp '2099-12-31 00:00:00', moment(ordered_s)) as ordered_at,
    -- The older copy is from before anything became of the order.
    if(copy = 2, 'pending', order_status) as order_status,
    kind = 2 as is_test,
    currency,
    order_amount + if(copy = 2, 1, 0) as order_amount,
    gross_amount - order_amount as discount_amount,
    if(gross_amount < 50 and channel <> 'store', round(4.90 * per_eur, 2), 0)
        as shipping_amount,
    case
        when copy = 2 then 0
        when order_status = 'refunded' then order_amount
        when order_status = 'partially_refunded'
            then greatest(0.01, round(order_amount * (0.1 + 0.6 * u(order_key, 258)), 2))
        else 0
    end as refunded_amount,
    if(order_status in ('refunded', 'partially_refunded') and copy <> 2, moment(refund_s), null)
        as refunded_at,
    if(kind = 1 and copy <> 2, moment(ordered_s + 600 + hours(order_key, 259, 70)), null)
        as cancelled_at,
    case
        when has_coupon and chance(order_key, 260, 0.2) then lower(coupons()[coupon])
        when has_coupon then coupons()[coupon]
    end as coupon_code,
    channel,
    if(copy = 2, moment(ordered_s + 5), arrival(ordered_s, order_key, 261)) as loaded_at
from delivered
