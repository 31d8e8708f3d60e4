{#- The column whose value a reader wants to see for a check; others have none. -#}
{% set values = {
    'orders': {'negative_amount': 'order_amount'},
    'order_lines': {'negative_quantity': 'quantity'},
} %}
{% set times = {
    'orders': 'ordered_at',
    'refunds': 'refunded_at',
    'customers': 'signed_up_at',
    'consents': 'recorded_at',
    'preferences': 'recorded_at',
    'survey_responses': 'responded_at',
    'campaign_costs': 'cost_date',
    'support_tickets': 'opened_at',
    'external_scores': 'scored_at',
} %}

with set_aside as (
    {% for table in segmentation.contract_tables() if table not in segmentation.daily_tables() %}
    select
        '{{ table }}' as table_name,
        set_aside_because as check_name,
        source,
        {{ segmentation.record_key(table) }} as record_key,
        case set_aside_because
            {% for check, column in values.get(table, {}).items() %}
            when '{{ check }}' then cast({{ column }} as {{ dbt.type_string() }})
            {% endfor %}
            {% for check in ('implausible_date', 'future_date') if table in times %}
            when '{{ check }}' then cast({{ times[table] }} as {{ dbt.type_string() }})
            {% endfor %}
            when 'exact_duplicate' then null
        end as value,
        cast(loaded_at as date) as first_seen_on
    from {{ ref('screened_' ~ table) }}
    where set_aside_because is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

malformed_emails as (
    {% for table in (
        'orders', 'customers', 'consents', 'preferences', 'survey_responses', 'support_tickets', 'external_scores'
    ) %}
    select
        '{{ table }}' as table_name,
        'malformed_email' as check_name,
        source,
        {{ segmentation.record_key(table) }} as record_key,
        malformed_email as value,
        cast(loaded_at as date) as first_seen_on
    from {{ ref('screened_' ~ table) }}
    where malformed_email is not null and set_aside_because is null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

orders_without_customer as (
    select
        'orders' as table_name,
        'order_without_customer' as check_name,
        source,
        order_id as record_key,
        cast(null as {{ dbt.type_string() }}) as value,
        cast(coalesce(loaded_at, ordered_at) as date) as first_seen_on
    from {{ ref('unified_orders') }}
    where source_customer_id is null and email is null
),

-- Both looked for in one pass: a source has many order lines.
strays as (
    select
        lines.source,
        lines.order_id,
        lines.product_id,
        {{ segmentation.record_key('order_lines', 'lines') }} as record_key,
        cast(lines.loaded_at as date) as first_seen_on,
        products.product_id is null as is_unknown_product,
        orders.order_id is null as is_unknown_order
    from {{ ref('unified_order_lines') }} as lines
    left join {{ ref('unified_products') }} as products
        on lines.source = products.source and lines.product_id = products.product_id
    left join {{ ref('unified_orders') }} as orders
        on lines.source = orders.source and lines.order_id = orders.order_id
    where products.product_id is null or orders.order_id is null
),

unknown_products as (
    select
        'order_lines' as table_name,
        'unknown_product' as check_name,
        source,
        record_key,
        product_id as value,
        first_seen_on
    from strays
    where is_unknown_product
),

unknown_orders as (
    select
        'order_lines' as table_name,
        'unknown_order' as check_name,
        source,
        record_key,
        order_id as value,
        first_seen_on
    from strays
    where is_unknown_order
),

records as (
    select * from set_aside
    union all
    select * from malformed_emails
    union all
    select * from orders_without_customer
    union all
    select * from unknown_products
    union all
    select * from unknown_orders
    union all
    select * from {{ ref('data_quality_values') }}
    union all
    select * from {{ ref('data_quality_refusals') }}
    union all
    select * from {{ ref('data_quality_amounts') }}
    union all
    select * from {{ ref('data_quality_decimals') }}
)

select * from records
