with voice as (
    select * from {{ ref('customer_voice') }}
)

select customer_id
from voice
where open_tickets >= 1
