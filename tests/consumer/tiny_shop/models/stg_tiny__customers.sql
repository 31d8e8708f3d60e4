select *
from (values
    ('ann', 'ann@example.com'),
    ('bob', 'bob@example.com'),
    ('cleo', 'cleo@example.com')
) as customers (source_customer_id, email)
