-- Grain: one row per delivery of an order line; a few are delivered twice. Returns that the shop
-- booked as one more line with a negative quantity are not part of the order's amount.
with delivered as (
    select *, 0 as copy from lines
    union all
    select *, copy_kind(line_key, 310) from lines where copy_kind(line_key, 310) is not null
)

select
    line_key as sort_key,
    copy,
    order_id,
    line as line_number,
    if(
        chance(line_key, 311, unknown_product_share()),
        'P9' || lpad(whole(line_key, 312, 100)::varchar, 2, '0'),
        product_id(product)
    ) as product_id,
    quantity + if(copy = 2, 1, 0) as quantity,
    unit_price,
    line_amount,
    if(copy = 2, moment(ordered_s + 5), arrival(ordered_s, line_key, 313)) as loaded_at
from delivered
union all
select
    line_key + 15 - line,
    0,
    order_id,
    lines + 1,
    product_id(product),
    -quantity,
    unit_price,
    -line_amount,
    arrival(ordered_s + 7 * 86400, line_key, 316)
from lines
where line = 1 and chance(order_key, 320, negative_line_share())
