{#- Tables whose rows name customers, and when a row happened. -#}
{% set named_in = {
    'orders': 'ordered_at',
    'consents': 'recorded_at',
    'preferences': 'recorded_at',
    'survey_responses': 'responded_at',
    'support_tickets': 'opened_at',
    'external_scores': 'scored_at',
} %}
{% set with_customers = segmentation.sources_of('customers') %}

with shared as (
    select * from {{ ref('shared_identifiers') }}
),

shared_identifiers as (
    select
        'customers' as table_name,
        case when identifier_type = 'customer_id' then 'shared_customer_id' else 'shared_identifier' end as check_name,
        source,
        case
            when identifier_type = 'customer_id' then identifier_value
            else identifier_type || ' ' || {{ dbt.hash('identifier_value') }}
        end as record_key,
        cast(records as {{ dbt.type_string() }}) || case shared_because
            when 'too_many_emails' then ' e-mails'
            when 'till_address' then ' customer records or guest orders at a till''s address'
            else ' customer records'
        end as value,
        cast(1 as bigint) as rows_found,
        cast(first_seen_at as date) as first_seen_on
    from shared
),

-- Counted, not listed: what a shop system writes for a missing id is on thousands of rows.
placeholders as (
    {% for table in ['customers'] + named_in.keys() | list %}
    select
        '{{ table }}' as table_name,
        'placeholder_id' as check_name,
        source,
        placeholder as record_key,
        {{ segmentation.null_text() }} as value,
        cast(count(*) as bigint) as rows_found,
        cast(min(loaded_at) as date) as first_seen_on
    from {{ ref('screened_' ~ table) }}
    where placeholder is not null
    group by source, placeholder
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

customers as (
    select
        source,
        source_customer_id,
        {{ segmentation.similar_id('source_customer_id') }} as similar_id
    from {{ ref('unified_customers') }}
),

similar_customers as (
    select
        source,
        similar_id,
        min(source_customer_id) as source_customer_id
    from customers
    group by source, similar_id
),

named as (
    {% for table, happened_at in named_in.items() %}
    select
        '{{ table }}' as table_name,
        source,
        source_customer_id,
        cast(count(*) as bigint) as rows_found,
        min({{ happened_at }}) as first_seen_at
    from {{ ref('unified_' ~ table) }}
    where source_customer_id is not null
    group by source, source_customer_id

    union all

    {% endfor %}
    select
        'web_events' as table_name,
        source,
        source_customer_id,
        cast(sum(events) as bigint) as rows_found,
        min(first_seen_at) as first_seen_at
    from {{ ref('web_login_days') }}
    where source_customer_id is not null
    group by source, source_customer_id

    union all

    -- Where there is an address, that says who it is. Without one, the mails of a day are counted.
    select
        'email_events' as table_name,
        source,
        source_customer_id,
        count(*) as rows_found,
        cast(min(occurred_on) as timestamp) as first_seen_at
    from {{ ref('email_days') }}
    where source_customer_id is not null
    group by source, source_customer_id
),

-- Only for sources that deliver customers at all.
unknown_customers as (
    select
        named.table_name,
        'unknown_customer' as check_name,
        named.source,
        named.source_customer_id as record_key,
        'customers has ' || similar_customers.source_customer_id as value,
        named.rows_found,
        cast(named.first_seen_at as date) as first_seen_on
    from named
    left join customers
        on named.source = customers.source and named.source_customer_id = customers.source_customer_id
    left join similar_customers
        on
            named.source = similar_customers.source
            and {{ segmentation.similar_id('named.source_customer_id') }} = similar_customers.similar_id
    where
        customers.source is null
        and {% if with_customers %}named.source in ({{ segmentation.quoted(with_customers) }}){% else %}false{% endif %}
),

final as (
    select * from shared_identifiers
    union all
    select * from placeholders
    union all
    select * from unknown_customers
)

select * from final
