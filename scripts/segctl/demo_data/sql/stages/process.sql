-- Grain: one row per person who buys, with the hidden values of the BG/NBD and Gamma-Gamma models.
create or replace temp table process as
with hidden as (
    select
        person,
        acquired_s,
        (period_end() - acquired_s) / 604800 as weeks,
        gamma_draw(purchase_r(), person, 100) / purchase_alpha() as weekly_rate,
        gamma_draw(dropout_a(), person, 120) as dropout_x,
        gamma_draw(dropout_b(), person, 140) as dropout_y,
        gamma_draw(spend_q(), person, 160) / spend_gamma() as spend_rate
    from people
    where buys
),

shares as (
    select
        * exclude (dropout_x, dropout_y),
        -- A beta draw is the share of one gamma draw in two. The bounds keep the logarithm finite.
        greatest(1e-12, least(1 - 1e-12, dropout_x / (dropout_x + dropout_y))) as dropout
    from hidden
)

select
    *,
    -- Number of the repeat purchase after which the person is gone: geometric.
    least(1 + floor(ln(u(person, 180)) / ln(1 - dropout)), 2000)::integer as last_repeat
from shares;
