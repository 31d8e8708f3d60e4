select
    customer_id,
    least(5, 1 + orders / 3)::integer as recency_score,
    least(5, 1 + orders / 3)::integer as frequency_score,
    5 as monetary_score,
    case when orders > 5 then 'champions' else 'others' end as rfm_segment
from {{ ref('customer_features') }}
