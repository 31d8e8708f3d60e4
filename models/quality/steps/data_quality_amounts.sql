{% set text = dbt.type_string() %}
{#- What is wrong with the amounts of an order: the column whose value is shown, and the condition. -#}
{% set order_checks = {
    'refund_without_amount': ('order_amount', "order_status = 'refunded' and refunded_amount = 0 and table_cents is null"),
    'unknown_refund': ('order_amount', "order_status = 'partially_refunded' and refunded_amount = 0 and table_cents is null"),
    'refund_above_amount': ('refunded_amount', 'abs(refunded_amount) > order_amount'),
    'negative_refund': ('refunded_amount', 'refunded_amount < 0'),
    'negative_discount': ('discount_amount', 'discount_amount < 0'),
    'negative_shipping': ('shipping_amount', 'shipping_amount < 0'),
    'impossible_refund_date': ('refunded_at', segmentation.is_impossible_refund_time()),
    'refunds_disagree': ('refunded_amount', 'own_cents > 0 and own_cents != coalesce(table_cents, 0) and has_refunds_table'),
} %}

with told as (
    select
        source,
        order_id,
        sum(refunded_cents) as table_cents
    from {{ ref('order_refunds') }}
    where refund_id is not null
    group by source, order_id
),

sources_with_table as (
    select distinct source from {{ ref('unified_refunds') }}
),

orders as (
    select
        delivered.*,
        cast(counted.refunded_value * 100 as bigint) as own_cents,
        told.table_cents,
        sources_with_table.source is not null as has_refunds_table
    from {{ ref('screened_orders') }} as delivered
    inner join {{ ref('unified_orders') }} as counted
        on delivered.source = counted.source and delivered.order_id = counted.order_id
    left join told
        on delivered.source = told.source and delivered.order_id = told.order_id
    left join sources_with_table on delivered.source = sources_with_table.source
    where delivered.set_aside_because is null
),

found as (
    {% for check, (column, condition) in order_checks.items() %}
    select
        'orders' as table_name,
        '{{ check }}' as check_name,
        source,
        order_id as record_key,
        cast({{ column }} as {{ text }}) as value,
        cast(loaded_at as date) as first_seen_on
    from orders
    where {{ condition }}
    union all
    {% endfor %}
    select
        'refunds' as table_name,
        'negative_refund' as check_name,
        source,
        refund_id as record_key,
        cast(refund_amount as {{ text }}) as value,
        cast(loaded_at as date) as first_seen_on
    from {{ ref('screened_refunds') }}
    where set_aside_because is null and refund_amount < 0
    union all
    select
        'refunds' as table_name,
        'refund_above_amount' as check_name,
        source,
        refund_id as record_key,
        order_id as value,
        cast(refunded_at as date) as first_seen_on
    from {{ ref('order_refunds') }}
    where refund_id is not null and told_cents > refunded_cents
    union all
    select
        'refunds' as table_name,
        'unknown_order' as check_name,
        refunds.source,
        refunds.refund_id as record_key,
        refunds.order_id as value,
        cast(refunds.loaded_at as date) as first_seen_on
    from {{ ref('unified_refunds') }} as refunds
    left join {{ ref('unified_orders') }} as orders
        on refunds.source = orders.source and refunds.order_id = orders.order_id
    where orders.order_id is null
)

select * from found
