-- Grain: one row per ticket in its state at the end of the period. Some stay open.
with asked as (
    select
        *,
        1 + whole(person, 884, 2) as tickets
    from people
    where chance(person, 883, ticket_share())
),

numbered as (
    select
        *,
        person * 4 + number as ticket_key
    from (select *, unnest(range(tickets)) as number from asked)
),

timed as (
    select
        *,
        signed_up_s + 86400 + (u(ticket_key, 885) * (period_end() - signed_up_s - 90000))::bigint
            as opened_s
    from numbered
),

solved as (
    select
        *,
        if(
            chance(ticket_key, 886, open_ticket_share()),
            null,
            opened_s + 1800 + (900000 * pow(u(ticket_key, 887), 3))::bigint
        ) as solved_s,
        least(5, 1 + floor(5.5 * pow(u(ticket_key, 888), 0.7)))::integer as rating
    from timed
    where opened_s < period_end() - 3600
),

closed as (
    select
        *,
        if(solved_s < period_end(), solved_s, null) as closed_s
    from solved
)

select
    ticket_key as sort_key,
    0 as copy,
    'T' || ticket_key as ticket_id,
    if(guest_only, null, customer_id(person, 0)) as source_customer_id,
    if(guest_only or chance(ticket_key, 889, 0.6), email, null) as email,
    moment(opened_s) as opened_at,
    moment(closed_s) as closed_at,
    pick(['email', 'email', 'chat', 'phone'], ticket_key, 890) as channel,
    pick(
        ['delivery', 'delivery', 'returns', 'returns', 'payment', 'product', 'account'],
        ticket_key, 891
    ) as topic,
    pick(['low', 'normal', 'normal', 'normal', 'high', 'urgent'], ticket_key, 892) as priority,
    if(closed_s is not null and chance(ticket_key, 893, 0.5), rating, null) as satisfaction_score,
    arrival(opened_s, ticket_key, 894) as loaded_at
from closed
