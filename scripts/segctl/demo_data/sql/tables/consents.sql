-- Grain: one row per recorded consent decision. People without a row were never asked.
with decided as (
    select
        person,
        0 as number,
        'email' as channel,
        'pending' as consent_status,
        asked_s as recorded_s
    from subscribers
    -- Where double opt-in is recorded in two steps; elsewhere only the result is.
    where unconfirmed or chance(person, 830, 0.5)
    union all
    select person, 1, 'email', 'granted', asked_s + 60 + whole(person, 831, 3000)
    from subscribers
    where not unconfirmed
    union all
    select person, 2, 'email', 'revoked', ended_s
    from subscribers
    where way_to_end in ('unsubscribe', 'complaint', 'account')
    union all
    select person, 3, 'sms', 'granted', signed_up_s + 60
    from people
    where chance(person, 832, 0.15)
    union all
    select person, 4, 'post', if(chance(person, 834, 0.2), 'revoked', 'granted'), signed_up_s + 60
    from people
    where chance(person, 833, 0.10)
)

select
    d.person * 8 + d.number as sort_key,
    0 as copy,
    'K' || (d.person * 8 + d.number) as consent_id,
    if(p.guest_only, null, customer_id(d.person, 0)) as source_customer_id,
    if(p.guest_only or chance(d.person, 835, 0.9), p.email, null) as email,
    d.channel,
    'marketing' as purpose,
    d.consent_status,
    moment(d.recorded_s) as recorded_at,
    case
        when d.consent_status = 'revoked'
            then pick(['mail_footer', 'account', 'support'], d.person, 836)
        else pick(['checkout', 'footer_form', 'account'], d.person, 837)
    end as consent_source,
    arrival(d.recorded_s, d.person * 8 + d.number, 838) as loaded_at
from decided as d
inner join people as p on d.person = p.person
where d.recorded_s < period_end()
