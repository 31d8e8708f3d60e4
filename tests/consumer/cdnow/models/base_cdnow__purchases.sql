with fields as (
    select string_split_regex(trim(line), ' +') as field
    from {{ source('cdnow', 'purchases') }}
)

select
    field[2] as source_customer_id,
    strptime(field[3], '%Y%m%d') as ordered_at,
    cast(field[4] as integer) as cds,
    cast(field[5] as numeric(18, 2)) as order_amount
from fields
