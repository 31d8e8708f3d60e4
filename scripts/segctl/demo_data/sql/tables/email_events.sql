-- Grain: one row per delivery of an e-mail event; a few are delivered twice.
with happened as (
    select *, 0 as kind, 'sent' as event_type, sent_s as occurred_s from sends
    union all
    select *, 1, 'bounce', delivered_s from sends where bounce_type is not null
    union all
    select *, 2, 'delivered', delivered_s from sends where bounce_type is null
    union all
    select *, 3, 'machine_open', machine_open_s from sends where machine_open_s is not null
    union all
    select *, 4, 'open', open_s from sends where open_s is not null
    union all
    select *, 5, 'click', open_s + 10 + whole(send_key, 700, 240) from sends where is_clicked
    union all
    select *, 6, ending, greatest(ended_s, open_s + 300) from sends where ending is not null
),

keyed as (
    select *, send_key * 8 + kind as event_key from happened where occurred_s < period_end()
),

delivered as (
    select *, 0 as copy from keyed
    union all
    select *, copy_kind(event_key, 701) from keyed where copy_kind(event_key, 701) is not null
)

select
    event_key as sort_key,
    copy,
    'M' || event_key as email_event_id,
    moment(occurred_s - if(copy = 2, 1, 0)) as occurred_at,
    untidy(email, event_key, 702) as email,
    if(chance(person, 704, 0.8) and not guest_only, customer_id(person, 0), null)
        as source_customer_id,
    mailing_id(mailing) as campaign_id,
    event_type,
    if(event_type = 'bounce', bounce_type, null) as bounce_type,
    if(
        event_type = 'click',
        if(chance(send_key, 705, 0.6), categories()[favourite + 1], pick(topics(), send_key, 706)),
        null
    ) as link_category,
    if(copy = 2, moment(occurred_s + 5), arrival(occurred_s, event_key, 707)) as loaded_at
from delivered
