{{ config(enabled=segmentation.is_switched_on(model)) }}

with permissions as (
    select * from {{ ref('email_permissions') }}
    where purpose = '{{ var("segmentation_default_purpose") }}'
)

select customer_id
from permissions
where is_permitted
