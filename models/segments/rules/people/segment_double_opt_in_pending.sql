with preferences as (
    select * from {{ ref('customer_preferences') }}
)

select customer_id
from preferences
where is_double_opt_in_pending
