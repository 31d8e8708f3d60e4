with rfm as (
    select * from {{ ref('customer_rfm') }}
)

select
    customer_id,
    rfm_segment as variant
from rfm
