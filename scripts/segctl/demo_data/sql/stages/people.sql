-- Grain: one row per person of this chunk, with everything about the person that is drawn once.
-- A person is not a customer record: some have several records, guests have none.
create or replace temp table people as
with drawn as (
    select
        person,
        not chance(person, 1, never_buys_share()) as buys,
        -- The very first person always has a record, so that no data set is without customers.
        person > 0 and chance(person, 2, guest_only_share()) as guest_drawn,
        -- Not in the first and last hours, to leave room for a visit before and after.
        period_start() + 3600
        + (
            pow(u(person, 3), acquisition_skew()) * (period_end() - period_start() - 4 * 3600)
        )::bigint as acquired_s,
        u(person, 4) as records_draw,
        chance(person, 5, 0.52) as female,
        pick(country_lottery(), person, 6) as country,
        whole(person, 7, 4) as city_number,
        floor(8 * pow(u(person, 8), 1.4))::integer as favourite,
        chance(person, 9, discount_prone_share()) as discount_prone,
        chance(person, 10, tracked_share()) as tracked,
        1 + whole(person, 11, 3) as devices,
        -- How eagerly mail is read: 0 high, 1 medium, 2 low, 3 sleeping.
        whole(person, 12, 4) as reading_tier,
        chance(person, 13, mail_privacy_share()) as mail_privacy,
        pick(last_names(), person, 14) as last_name,
        pick(['com', 'net', 'org'], person, 15) as domain,
        pick(
            [
                'organic', 'organic', 'organic', 'paid_search', 'paid_search', 'paid_social',
                'newsletter', 'referral', 'store'
            ],
            person, 16
        ) as signup_source
    from range(first_person(), last_person()) as r (person)
),

named as (
    select
        *,
        buys and guest_drawn as guest_only,
        if(
            female, pick(first_names_f(), person, 20), pick(first_names_m(), person, 20)
        ) as first_name,
        case
            when buys and guest_drawn then 0
            when buys and records_draw < chained_record_share() then 3
            when records_draw < chained_record_share() + second_record_share() then 2
            else 1
        end as records,
        (favourite + 1 + whole(person, 21, 7)) % 8 as second_favourite,
        -- Most sign up with the first order, others look around for up to three months before.
        greatest(
            period_start(),
            acquired_s
            - if(chance(person, 22, 0.6), 30 + whole(person, 23, 600), days(person, 24, 90))
        ) as signed_up_s
    from drawn
)

select
    n.* exclude (guest_drawn, records_draw, domain, city_number),
    lower(first_name || '.' || replace(last_name, '-', '')) || person || '@example.' || domain
        as email,
    lower(first_name) || person || '@mail.example.' || domain as other_email,
    -- Further records come later, up to the middle between the first one and the end.
    signed_up_s + (u(person, 25) * (period_end() - signed_up_s) / 2)::bigint as second_record_s,
    if(chance(person, 26, 0.35), null, date '1946-01-01' + whole(person, 27, 21900)) as birth_date,
    case
        when chance(person, 28, 0.25) then null
        when chance(person, 29, 0.02) then 'diverse'
        when female then 'female'
        else 'male'
    end as gender,
    c.region,
    c.city,
    c.postal_prefix || case
        when n.country = 'GB'
            then (1 + whole(person, 30, 9)) || ' ' || whole(person, 31, 10) || 'QX'
        else lpad(whole(person, 30, 100)::varchar, 2, '0')
    end as postal_code,
    c.latitude + 0.1 * (u(person, 32) - 0.5) as latitude,
    c.longitude + 0.1 * (u(person, 33) - 0.5) as longitude,
    c.language,
    c.time_zone,
    currency_of(n.country) as currency
from named as n
inner join cities as c on n.country = c.country and n.city_number = c.number;
