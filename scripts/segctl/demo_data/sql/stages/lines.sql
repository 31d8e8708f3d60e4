-- Grain: one row per clean order line. The lines share the order's amount without remainder.
create or replace temp table lines as
with numbered as (
    select
        *,
        order_key * 16 + line as line_key
    from (select *, unnest(range(1, lines + 1)) as line from shop_orders)
),

shared as (
    select
        *,
        -- The differences around the circle of lines add up to zero, so the parts add up to one.
        spend_eur / (1 - discount) / lines
        * (1 + 0.8 * (u(line_key, 300) - u(order_key * 16 + line % lines + 1, 300))) as gross_eur,
        case
            when chance(line_key, 301, 0.55) then favourite
            when chance(line_key, 302, 0.45) then second_favourite
            else whole(line_key, 303, 8)
        end as category
    from numbered
),

counted as (
    select
        *,
        -- Mostly one piece; more where one piece would cost more than the dearest product.
        greatest(
            case
                when gross_eur < 8 or chance(line_key, 304, 0.75) then 1
                when chance(line_key, 305, 0.7) then 2
                else 3
            end,
            ceil(gross_eur / 370)
        )::integer as quantity
    from shared
),

-- The product is the one of the category whose list price is nearest below or above, by lot in
-- proportion to the distance. Buyers pay around the list price: it changes over three years.
priced as (
    select
        *,
        greatest(round(gross_eur * per_eur / quantity, 2), 0.5)::decimal(18, 2) as unit_price,
        category * 15 + greatest(
            0, least(14, floor(ln(gross_eur / quantity / 6) / ln(1.33) + u(line_key, 306)))
        )::integer as product
    from counted
)

select
    order_key,
    line_key,
    order_id,
    ordered_s,
    lines,
    line,
    product,
    quantity,
    unit_price,
    (quantity * unit_price)::decimal(18, 2) as gross_amount,
    round(quantity * unit_price * (1 - discount), 2)::decimal(18, 2) as line_amount
from priced;

-- Grain: one row per order, with the sums of its lines.
create or replace temp table totals as
select
    order_key,
    sum(gross_amount) as gross_amount,
    sum(line_amount) as order_amount,
    max(product) filter (where line = 1) as first_product
from lines
group by order_key;
