select 'negative_amount' as check_name, 'unified_orders' as table_name, 'o9' as record_key, '-5' as value, 'set aside' as action
where false
