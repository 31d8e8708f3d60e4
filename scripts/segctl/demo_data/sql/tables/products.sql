-- Grain: one row per product. Three grades of five things in eight categories, dearer and dearer.
select
    number as sort_key,
    0 as copy,
    product_id(number) as product_id,
    pick(brands(), number, 800) || ' ' || product_grades()[number % 3 + 1] || ' '
    || product_nouns()[number // 15 + 1][number % 15 // 3 + 1] as product_name,
    categories()[number // 15 + 1] as category,
    pick(brands(), number, 800) as brand,
    list_price(number) as unit_price,
    'EUR' as currency,
    moment(period_start() + 3600) as loaded_at
from range(120) as r (number)
