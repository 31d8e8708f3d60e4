with records as (
    select * from {{ ref('data_quality_records') }}
),

checks as (
    select * from {{ ref('data_quality_checks') }}
),

customers as (
    select * from {{ ref('unified_customers') }}
),

logins as (
    select
        source,
        source_customer_id,
        min(first_seen_at) as first_seen_at
    from {{ ref('web_login_days') }}
    where source_customer_id is not null
    group by source, source_customer_id
),

single_records as (
    select
        table_name,
        check_name,
        source,
        record_key,
        min(value) as value,
        cast(count(*) as bigint) as rows_found,
        min(first_seen_on) as first_seen_on
    from records
    group by table_name, check_name, source, record_key
),

{% for table in segmentation.daily_tables() %}
{{ table }} as (
    select
        '{{ table }}' as table_name,
        check_name,
        source,
        record_key,
        min(value) as value,
        cast(sum(rows_found) as bigint) as rows_found,
        min(first_seen_on) as first_seen_on
    from {{ ref(table[:-1] ~ '_findings') }}
    where check_name is not null
    group by check_name, source, record_key
),

{% endfor %}
bots as (
    select
        'web_events' as table_name,
        'bot_traffic' as check_name,
        source,
        visitor_key as record_key,
        cast(max(events) as {{ dbt.type_string() }}) || ' events on one day' as value,
        cast(sum(events) as bigint) as rows_found,
        min(occurred_on) as first_seen_on
    from {{ ref('web_bot_days') }}
    group by source, visitor_key
),

-- A day of grace: shops record the sign-up when it is confirmed.
events_before_signup as (
    select
        'web_events' as table_name,
        'event_before_signup' as check_name,
        logins.source,
        logins.source_customer_id as record_key,
        cast(logins.first_seen_at as {{ dbt.type_string() }}) as value,
        cast(1 as bigint) as rows_found,
        cast(logins.first_seen_at as date) as first_seen_on
    from logins
    inner join customers
        on
            logins.source = customers.source
            and logins.source_customer_id = customers.source_customer_id
            and logins.first_seen_at < {{ segmentation.add_to_time('customers.signed_up_at', -1, 'day') }}
),

found as (
    select * from single_records
    union all
    select * from {{ ref('data_quality_identities') }}
    union all
    {% for table in segmentation.daily_tables() %}
    select * from {{ table }}
    union all
    {% endfor %}
    select * from bots
    union all
    select * from {{ ref('data_quality_columns') }}
    union all
    select * from events_before_signup
),

final as (
    select
        found.check_name,
        found.table_name,
        found.source,
        found.record_key,
        substr(found.value, 1, 200) as value,
        found.rows_found,
        found.first_seen_on,
        cast(checks.action as {{ dbt.type_string() }}) as action,
        cast(checks.meaning as {{ dbt.type_string() }}) as meaning
    from found
    left join checks
        on found.table_name = checks.table_name and found.check_name = checks.check_name
)

select * from final
