select customer_id, 'customer_id' as identifier_type, 'shop' as source, customer_id as identifier_value, timestamp '2026-01-01' as first_seen_at
from {{ ref('people') }}
union all
select customer_id, 'email', 'shop', email, timestamp '2026-01-01' from {{ ref('people') }}
