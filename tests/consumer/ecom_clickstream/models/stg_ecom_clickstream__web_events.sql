select
    md5(concat_ws('|', user_id, session_id, event, timestamp)) as event_id,
    timestamp as occurred_at,
    user_id as anonymous_id,
    user_id as source_customer_id,
    session_id,
    case event
        when 'add_to_cart' then 'add_to_cart'
        when 'product_view' then 'product_view'
        when 'catalog' then 'category_view'
        when 'search' then 'search'
        when 'shipping_details' then 'begin_checkout'
        when 'purchase' then 'purchase'
        else 'page_view'
    end as event_type,
    '/' || event as page_path,
    platform as device_type,
    acquisition_channel as utm_source
from {{ source('ecom_clickstream', 'events') }}
