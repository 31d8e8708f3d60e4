select
    'negative_amount' as check_name,
    'unified_orders' as table_name,
    0::bigint as rows_found,
    8::bigint as rows_checked,
    0.0::numeric(18, 6) as share,
    0.01::numeric(18, 6) as allowed_share,
    true as is_within_limit
