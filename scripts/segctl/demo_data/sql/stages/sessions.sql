-- Grain: one row per web session. Kinds: 0 ends in an order, 1 abandoned cart, 2 browsing,
-- 3 searching, 4 reading, 5 form or download. Each comes from an order, from a tracked person who
-- looks around, or from a visitor who never tells who it is (in slot 7 of the person's number).
create or replace temp table sessions as
with last_orders as (
    select person, max(ordered_s) as last_s from purchases group by person
),

visits as (
    select
        o.order_key * 4 as session_key,
        o.person,
        o.device as slot,
        0 as kind,
        o.ordered_s as anchor_s,
        o.customer_id,
        o.currency,
        t.first_product as product,
        t.order_amount
    from shop_orders as o
    inner join totals as t on o.order_key = t.order_key
    where o.device is not null
    union all
    select
        (person * 8192 + number) * 4 + 1,
        person,
        whole(person * 8192 + number, 400, devices),
        null,
        -- Half of the people go on looking around, others stop some time after the last order.
        signed_up_s
        + (
            u(person * 8192 + number, 401)
            * (
                if(
                    chance(person, 402, 0.5),
                    period_end(),
                    least(
                        period_end(),
                        coalesce(last_s, signed_up_s) + 86400 + days(person, 403, 200)
                    )
                )
                - 7200 - signed_up_s
            )
        )::bigint,
        if(guest_only, null, customer_id(person, 0)),
        currency,
        15
        * if(
            chance(person * 8192 + number, 404, 0.6),
            favourite,
            whole(person * 8192 + number, 405, 8)
        )
        + whole(person * 8192 + number, 406, 15),
        null
    from (
        select
            p.*,
            l.last_s,
            unnest(
                range(least(2000, round(browse_sessions() * expo(p.person, 407))::integer))
            ) as number
        from people as p
        left join last_orders as l on p.person = l.person
        where p.tracked
    )
    union all
    select
        (person * 8192 + number) * 4 + 2,
        person,
        7,
        null,
        period_start()
        + (u(person, 410) * (period_end() - period_start() - 61 * 86400))::bigint
        + days(person * 8192 + number, 411, 60),
        null,
        currency,
        whole(person * 8192 + number, 412, 120),
        null
    from (
        select
            *,
            unnest(range(1 + floor(visitor_sessions() * expo(person, 413))::integer)) as number
        from people
        where chance(person, 414, visitor_share())
    )
),

typed as (
    select
        * replace (
            coalesce(kind, pick([1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 5], session_key, 420)) as kind
        ),
        person * 8 + slot as device_key
    from visits
),

paced as (
    select
        *,
        [4, 3, 1, 2, 1, 2][kind + 1] + whole(session_key, 421, [5, 5, 7, 4, 3, 3][kind + 1])
            as steps,
        -- Seconds per step. Two events are never further apart than twice that, ten minutes at
        -- most, so a pause of half an hour is always the end of a session.
        20 + whole(session_key, 422, 280) as pace_s
    from typed
)

select
    session_key,
    kind,
    steps,
    pace_s,
    anchor_s - if(kind = 0, (steps - 1) * pace_s, 0) as start_s,
    visitor_id(person, slot) as anonymous_id,
    -- The step from which on the visitor is logged in, if that happens at all.
    case
        when not chance(device_key, 423, known_device_share()) then null
        when kind = 0 then steps - 2
        when chance(session_key, 424, login_share()) then whole(session_key, 425, steps)
    end as login_step,
    customer_id,
    pick(
        if(slot = 1, ['desktop'], ['mobile', 'mobile', 'mobile', 'desktop', 'desktop', 'tablet']),
        device_key, 426
    ) as device_type,
    pick(
        [
            'direct', 'direct', 'direct', 'organic', 'organic', 'paid_search', 'newsletter',
            'paid_social', 'referral'
        ],
        session_key, 427
    ) as came_by,
    product,
    order_amount,
    currency,
    chance(session_key, 428, 0.15) as finds_nothing
from paced;
