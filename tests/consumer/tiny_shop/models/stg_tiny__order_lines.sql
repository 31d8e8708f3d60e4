select *
from (values
    ('1', 1, 'p', 1, 100),
    ('2', 1, 'q', 1, 20),
    ('3', 1, 'q', 1, 30)
) as lines (order_id, line_number, product_id, quantity, line_amount)
