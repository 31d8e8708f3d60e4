{#- Read by name in macros, which dbt does not see while it parses. -#}
{% for table in ('orders', 'order_lines', 'refunds', 'campaign_costs') %}
{% do segmentation.floating_sources(table, '') %}
{% endfor %}
{#- Amounts by table: where they are read, and their currency. -#}
{% set amounts = {
    'orders': (ref('unified_orders'), 'amounts.currency'),
    'order_lines': (ref('unified_order_lines'), 'orders.currency'),
    'refunds': (ref('unified_refunds'), 'coalesce(amounts.currency, orders.currency)'),
    'campaign_costs': (ref('unified_campaign_costs'), 'amounts.currency'),
} %}

with orders as (
    select
        source,
        order_id,
        currency
    from {{ ref('unified_orders') }}
),

found as (
    {% for table, (relation, currency) in amounts.items() %}
    {% for column in segmentation.contract_columns(table) if column.is_money %}
    select
        '{{ table }}' as table_name,
        'too_many_decimals' as check_name,
        amounts.source,
        {{ segmentation.record_key(table, 'amounts') }} as record_key,
        '{{ column.name }} ' || cast(amounts.{{ column.name }} as {{ dbt.type_string() }}) || ' ' || {{ currency }} as value,
        cast(amounts.loaded_at as date) as first_seen_on
    from {{ relation }} as amounts
    {% if currency != 'amounts.currency' %}
    left join orders on amounts.source = orders.source and amounts.order_id = orders.order_id
    {% endif %}
    where {{ segmentation.has_too_many_decimals(table, column.name, 'amounts.' ~ column.name, currency, 'amounts.source') }}
    union all
    {% endfor %}
    {% endfor %}
    select
        {{ segmentation.null_text() }} as table_name,
        {{ segmentation.null_text() }} as check_name,
        {{ segmentation.null_text() }} as source,
        {{ segmentation.null_text() }} as record_key,
        {{ segmentation.null_text() }} as value,
        cast(null as date) as first_seen_on
)

select * from found
where table_name is not null
