-- This shop's products come from one place that needs no staging: the package's model is replaced.
select
    'tiny' as source,
    product_id,
    product_name,
    category,
    cast(null as varchar) as brand,
    cast(null as numeric(18, 4)) as unit_price,
    cast(null as varchar) as currency,
    cast(null as timestamp) as loaded_at
from (values
    ('p', 'A pot', 'Pots'),
    ('q', 'A quilt', 'Quilts')
) as products (product_id, product_name, category)
