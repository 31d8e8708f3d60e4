-- Grain: one row per campaign: a mailing every two weeks, and one campaign a month each for paid
-- search and paid social.
with mailings as (
    select
        number as sort_key,
        number,
        mailing_s(number) as sent_s,
        whole(number, 810, 8) as theme,
        whole(number, 811, 4) as form
    from range((period_end() - 86400 - mailing_s(0)) // (14 * 86400) + 1) as r (number)
)

select
    sort_key,
    0 as copy,
    mailing_id(number) as campaign_id,
    'Newsletter ' || strftime(moment(sent_s), '%Y-%m-%d') as campaign_name,
    'email' as channel,
    [
        'Our best finds for ' || lower(categories()[theme + 1]),
        'Only this week: ' || lower(categories()[theme + 1]) || ' for less',
        'What we learned about ' || topics()[theme + 1],
        'New in: ' || lower(categories()[theme + 1])
    ][form + 1] as subject,
    topics()[theme + 1] as topic,
    -- The one form of the four that tells something instead of selling something.
    if(form = 2, null, categories()[theme + 1]) as category,
    moment(sent_s) as sent_at,
    moment(sent_s - 86400) as loaded_at
from mailings
union all
select
    1000 + month * 2 + paid,
    0,
    ['PS-', 'SO-'][paid + 1] || strftime(first_day, '%Y-%m'),
    ['Search ads ', 'Social ads '][paid + 1] || strftime(first_day, '%Y-%m'),
    ['paid_search', 'paid_social'][paid + 1],
    null,
    null,
    null,
    first_day,
    first_day
from (
    select month, paid, moment(period_start()) + to_months(month::integer) as first_day
    from range(36) as m (month), range(2) as p (paid)
)
