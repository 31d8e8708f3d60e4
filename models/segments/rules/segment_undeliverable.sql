with email as (
    select * from {{ ref('customer_email_features') }}
)

select email.customer_id
from email
where
    email.bounces_180d >= 1
    and email.bounces_180d >= email.delivered_180d
