with records as (
    select * from {{ ref('data_quality_records') }}
),

edges as (
    select * from {{ ref('identity_edges') }}
),

checks as (
    select * from {{ ref('data_quality_checks') }}
),

shared_identifiers as (
    select
        'customers' as table_name,
        'shared_identifier' as check_name,
        cast(null as {{ dbt.type_string() }}) as source,
        identifier_type || ' ' || md5(identifier_value) as record_key,
        cast(count(*) as {{ dbt.type_string() }}) || ' customer records' as value
    from edges
    where cut_because = 'shared_identifier'
    group by identifier_type, identifier_value
),

found as (
    select * from records
    union all
    select * from shared_identifiers
),

final as (
    select
        found.check_name,
        found.table_name,
        found.source,
        found.record_key,
        substr(found.value, 1, 200) as value,
        checks.action,
        checks.meaning
    from found
    left join checks
        on found.table_name = checks.table_name and found.check_name = checks.check_name
)

select * from final
