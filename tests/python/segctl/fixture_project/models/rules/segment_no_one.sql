select customer_id from {{ ref('customer_features') }} where orders > 1000
