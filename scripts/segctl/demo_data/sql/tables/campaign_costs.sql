-- Grain: one row per campaign and day with cost, in EUR. Costs grow with the shop: paid campaigns
-- cost a few EUR per person acquired, a mailing a fixed amount and a little per person.
with costs as (
    select
        number as sort_key,
        mailing_id(number) as campaign_id,
        moment(mailing_s(number))::date as cost_date,
        40 + all_people() * 0.002 * (0.8 + 0.4 * u(number, 820)) as cost
    from range((period_end() - 86400 - mailing_s(0)) // (14 * 86400) + 1) as r (number)
    union all
    select
        1000 + day * 2 + paid,
        ['PS-', 'SO-'][paid + 1] || strftime(moment(period_start() + day * 86400), '%Y-%m'),
        moment(period_start() + day * 86400)::date,
        1 + all_people() * [0.0035, 0.0020][paid + 1] * (0.5 + u(day * 2 + paid, 821))
    from range((period_end() - period_start()) // 86400) as d (day), range(2) as p (paid)
)

select
    sort_key,
    0 as copy,
    campaign_id,
    cost_date,
    round(cost, 2) as cost_amount,
    'EUR' as currency,
    cost_date + interval '1 day 4 hours' as loaded_at
from costs
