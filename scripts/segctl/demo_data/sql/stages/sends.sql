-- Grain: one row per e-mail to one address, with what became of it. Times are null for what did
-- not happen. An unsubscription or complaint comes from an opened mail, a hard bounce is the end.
create or replace temp table sends as
with addressed as (
    select
        *,
        person * 128 + mailing as send_key,
        if(mailing = last_mailing, way_to_end, null) as ending
    from (
        select
            *,
            unnest(range(first_mailing, last_mailing + 1)) as mailing
        from subscribers
        where not unconfirmed
    )
    where mailing = last_mailing or chance(person * 128 + mailing, 610, mailing_reach())
),

timed as (
    select
        a.*,
        p.email,
        p.guest_only,
        p.mail_privacy,
        p.favourite,
        mailing_s(mailing) + hours(send_key, 611, 3) as sent_s,
        case
            when ending = 'bounce' then 'hard'
            when ending is null and chance(send_key, 612, 0.006) then 'soft'
        end as bounce_type
    from addressed as a
    inner join people as p on a.person = p.person
),

opened as (
    select
        *,
        bounce_type is null
        and (
            ending in ('unsubscribe', 'complaint')
            or chance(send_key, 613, [0.60, 0.32, 0.12, 0.01][reading_tier + 1])
        ) as is_opened
    from timed
)

select
    send_key,
    person,
    mailing,
    email,
    guest_only,
    favourite,
    bounce_type,
    sent_s,
    sent_s + 1 + whole(send_key, 614, 60) as delivered_s,
    if(
        mail_privacy and bounce_type is null and chance(send_key, 615, 0.95),
        sent_s + 90 + whole(send_key, 616, 1800),
        null
    ) as machine_open_s,
    if(
        is_opened,
        sent_s + 120 + least(8 * 86400, 14400 * expo(send_key, 617))::bigint,
        null
    ) as open_s,
    is_opened and chance(send_key, 618, [0.25, 0.15, 0.08, 0.03][reading_tier + 1])
        as is_clicked,
    if(ending in ('unsubscribe', 'complaint'), ending, null) as ending,
    ended_s
from opened;
