-- Grain: one row per score of a person by a platform outside of the shop; each is given twice, sixty
-- days apart and the last time within the last days of the period.
with scored as (
    select
        *,
        period_end() - 86400 - days(person, 896, 3) as scored_s
    from people
    where chance(person, 895, scored_share()) and signed_up_s < period_end() - 90 * 86400
),

given as (
    select
        *,
        person * 8 + kind * 2 + round as score_key,
        scored_s - round * 60 * 86400 as given_s
    from scored
    cross join range(2) as k (kind)
    cross join range(2) as r (round)
)

select
    score_key as sort_key,
    0 as copy,
    'X' || score_key as score_id,
    if(guest_only, null, customer_id(person, 0)) as source_customer_id,
    if(guest_only, email, null) as email,
    ['churn_risk', 'expected_value'][kind + 1] as score_name,
    if(
        kind = 0, round(u(score_key, 897), 6), round(gamma_draw(spend_p(), person, 900) * 12, 2)
    ) as score_value,
    moment(given_s) as scored_at,
    'outside-model-' || (1 + whole(person, 898, 2)) as model,
    arrival(given_s, score_key, 899) as loaded_at
from given
