-- Grain: one row per order. Kind 0 is a purchase of the process; the others are extra orders that
-- never count as purchases: 1 cancelled, 2 placed by staff as a test, 3 dated 2099 by mistake.
create or replace temp table shop_orders as
with placed as (
    select person, number, 0 as kind, ordered_s from purchases
    union all
    select person, number, 1, ordered_s + 86400 + days(person * 2048 + number, 201, 20)
    from purchases
    where chance(person * 2048 + number, 200, cancelled_share())
    union all
    select person, number, 2, ordered_s + 3600 + days(person * 2048 + number, 203, 20)
    from purchases
    where chance(person * 2048 + number, 202, test_order_share())
    union all
    select person, number, 3, ordered_s + 3600 + days(person * 2048 + number, 205, 20)
    from purchases
    where chance(person * 2048 + number, 204, future_order_share())
),

keyed as (
    select
        *,
        person * 8192 + number * 4 + kind as order_key
    from placed
    -- Room for a cancellation before the period ends.
    where kind = 0 or ordered_s < period_end() - 3 * 86400
),

drawn as (
    select
        k.*,
        p.* exclude (person),
        -- From the first order on, so that the chain of records hangs together in any case.
        p.records = 3 and k.number % 2 = 0 as with_other_email,
        not with_other_email and chance(k.order_key, 210, guest_order_share()) as forgot_login,
        u(k.order_key, 211) as refund_draw,
        k.ordered_s + 3 * 86400 + days(k.order_key, 212, 35) as refund_s,
        pick(
            ['web', 'web', 'web', 'web', 'web', 'web', 'web', 'app', 'app', 'store', 'phone'],
            k.order_key, 213
        ) as channel,
        chance(
            k.order_key, 214, if(p.discount_prone, prone_coupon_share(), other_coupon_share())
        ) as has_coupon,
        1 + whole(k.order_key, 215, 4) as coupon,
        gamma_draw(spend_p(), k.order_key, 220) / r.spend_rate as spend_eur
    from keyed as k
    inner join people as p on k.person = p.person
    inner join process as r on k.person = r.person
)

select
    order_key,
    person,
    number,
    kind,
    ordered_s,
    'O' || lpad(person::varchar, 8, '0') || '-' || lpad(number::varchar, 3, '0')
        || ['', 'C', 'T', 'F'][kind + 1] as order_id,
    channel,
    currency,
    per_eur(currency) as per_eur,
    favourite,
    second_favourite,
    spend_eur,
    least(9, 1 + floor(extra_lines() * expo(order_key, 216)))::integer as lines,
    has_coupon,
    coupon,
    if(has_coupon, coupon_rates()[coupon], 0)::double as discount,
    case
        when kind = 1 then 'cancelled'
        when
            ordered_s > period_end() - pending_days() * 86400
            and chance(order_key, 217, pending_share())
            then 'pending'
        when kind > 0 or refund_s >= period_end() then 'completed'
        when refund_draw < full_refund_share() then 'refunded'
        when refund_draw < full_refund_share() + partial_refund_share() then 'partially_refunded'
        else 'completed'
    end as order_status,
    refund_s,
    case
        when guest_only or forgot_login then null
        -- Once there is a second record, either may be logged in.
        when records > 1 and ordered_s > second_record_s and chance(order_key, 218, 0.5)
            then customer_id(person, 1)
        else customer_id(person, 0)
    end as customer_id,
    with_other_email,
    if(with_other_email, other_email, email) as email,
    -- The device of the web session that ends in this order; null without such a session.
    case
        when kind = 0 and tracked and channel in ('web', 'app')
            and chance(order_key, 219, order_trail_share())
            then whole(order_key, 240, devices)
    end as device
from drawn;
