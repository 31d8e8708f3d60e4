select
    people.customer_id,
    people.email,
    people.first_name,
    people.country,
    features.orders,
    features.revenue,
    features.last_order_on,
    stages.lifecycle_stage
from {{ ref('people') }} as people
inner join {{ ref('customer_features') }} as features on people.customer_id = features.customer_id
inner join {{ ref('customer_lifecycle') }} as stages on people.customer_id = stages.customer_id
where people.consented
