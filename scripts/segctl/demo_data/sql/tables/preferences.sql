-- Grain: one row per stated preference: interests at sign-up, the frequency, and sometimes a later
-- change of mind about the first interest.
with stated as (
    select
        *,
        signed_up_s + 300 as first_s,
        signed_up_s + (u(person, 851) * (period_end() - signed_up_s))::bigint as later_s
    from people
    where chance(person, 850, preference_share())
),

choices as (
    select
        person,
        0 as number,
        'product_interest' as kind,
        categories()[favourite + 1] as choice,
        true as is_wanted,
        first_s as recorded_s
    from stated
    union all
    select person, 1, 'topic', topics()[favourite + 1], true, first_s
    from stated
    union all
    select person, 2, 'topic', topics()[second_favourite + 1], chance(person, 852, 0.8), first_s
    from stated
    where chance(person, 853, 0.5)
    union all
    select
        person,
        3,
        'email_frequency',
        pick(['daily', 'weekly', 'weekly', 'monthly'], person, 854),
        true,
        first_s
    from stated
    union all
    select person, 4, 'product_interest', categories()[favourite + 1], false, later_s
    from stated
    where chance(person, 855, 0.08)
    union all
    select
        person,
        5,
        'email_frequency',
        pick(['weekly', 'monthly', 'monthly'], person, 856),
        true,
        later_s
    from stated
    where chance(person, 857, 0.10)
)

select
    c.person * 8 + c.number as sort_key,
    0 as copy,
    'R' || (c.person * 8 + c.number) as preference_id,
    if(p.guest_only, null, customer_id(c.person, 0)) as source_customer_id,
    if(p.guest_only or chance(c.person, 858, 0.5), p.email, null) as email,
    c.kind as preference_type,
    c.choice as preference_value,
    c.is_wanted,
    moment(c.recorded_s) as recorded_at,
    arrival(c.recorded_s, c.person * 8 + c.number, 859) as loaded_at
from choices as c
inner join people as p on c.person = p.person
where c.recorded_s < period_end()
