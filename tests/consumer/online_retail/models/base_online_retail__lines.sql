select
    InvoiceNo as order_id,
    cast(cast(CustomerID as integer) as varchar) as source_customer_id,
    Country as country,
    cast(InvoiceDate as timestamp) as invoiced_at,
    StockCode as product_id,
    Description as product_name,
    cast(Quantity as integer) as quantity,
    cast(UnitPrice as numeric(18, 4)) as unit_price,
    cast(round(Quantity * cast(UnitPrice as numeric(18, 4)), 2) as numeric(18, 2)) as line_amount,
    case
        when UnitPrice <= 0 or starts_with(InvoiceNo, 'A') then 'correction'
        when Quantity < 0 then 'return'
        else 'sale'
    end as line_type
from {{ source('online_retail', 'lines') }}
