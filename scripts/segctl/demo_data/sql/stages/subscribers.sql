-- Grain: one row per person who ever asked for e-mail. Mailings are numbered from 0, one every two
-- weeks; a subscription covers those from first_mailing to last_mailing, both included.
-- Ways to end: unsubscribe, complaint, bounce (address gone), account (revoked there, by no mail).
create or replace temp table subscribers as
with asked as (
    select
        person,
        reading_tier,
        u(person, 600) >= subscribed_share() as unconfirmed,
        signed_up_s
        + if(
            chance(person, 601, 0.6), 0, (u(person, 602) * (period_end() - signed_up_s) / 4)::bigint
        ) as asked_s,
        -- Chance per mailing that it is the last: the less somebody reads, the sooner it ends.
        [0.003, 0.005, 0.010, 0.012][reading_tier + 1] as end_chance
    from people
    where u(person, 600) < subscribed_share() + unconfirmed_share()
),

bounded as (
    select
        *,
        greatest(0, ceil((asked_s + 3600 - mailing_s(0)) / (14 * 86400)))::integer as first_mailing,
        ((period_end() - 86400 - mailing_s(0)) // (14 * 86400))::integer as final_mailing,
        least(1000, floor(ln(u(person, 603)) / ln(1 - end_chance)))::integer as mailings_until_end,
        case
            when u(person, 604) < account_revoke_share() then 'account'
            else pick(
                [
                    'unsubscribe', 'unsubscribe', 'unsubscribe', 'unsubscribe', 'unsubscribe',
                    'unsubscribe', 'bounce', 'bounce', 'complaint'
                ],
                person, 605
            )
        end as way_to_end
    from asked
),

ended as (
    select
        *,
        not unconfirmed and first_mailing + mailings_until_end <= final_mailing as ends,
        least(final_mailing, first_mailing + mailings_until_end) as last_mailing
    from bounded
)

select
    person,
    reading_tier,
    unconfirmed,
    asked_s,
    first_mailing,
    last_mailing,
    if(ends, way_to_end, null) as way_to_end,
    -- Within a day after the last mailing.
    if(ends, mailing_s(last_mailing) + 14400 + hours(person, 606, 18), null) as ended_s
from ended;
