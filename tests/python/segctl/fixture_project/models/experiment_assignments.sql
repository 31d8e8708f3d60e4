select
    'loyal_offer' as experiment,
    'loyal_buyers' as segment,
    'holdout' as variant,
    customer_id,
    true as is_running
from {{ ref('segment_members') }}
where segment = 'loyal_buyers' and customer_id = 'c001'
