{% set allowed = var('segmentation_allowed_finding_share_by_check') %}
{#- What is only noted is no fault of single rows. -#}
{% set default_share = "case when checks.action = 'noted' then 1 else " ~ var('segmentation_allowed_finding_share') ~ " end" %}

with findings as (
    select * from {{ ref('data_quality_findings') }}
),

checks as (
    select * from {{ ref('data_quality_checks') }}
),

-- As delivered, from staging: counting there is free on columnar files, screening again is not.
delivered as (
    {% for table in segmentation.contract_tables() %}
    {% for source in segmentation.sources_of(table) %}
    select
        '{{ table }}' as table_name,
        count(*) as rows_checked
    from {{ ref('stg_' ~ source ~ '__' ~ table) }}
    union all
    {% endfor %}
    select
        '{{ table }}' as table_name,
        0 as rows_checked
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

sizes as (
    select
        table_name,
        cast(sum(rows_checked) as bigint) as rows_checked
    from delivered
    group by table_name
),

counted as (
    select
        table_name,
        check_name,
        cast(sum(rows_found) as bigint) as rows_found
    from findings
    group by table_name, check_name
),

shares as (
    select
        cast(checks.check_name as {{ dbt.type_string() }}) as check_name,
        cast(checks.table_name as {{ dbt.type_string() }}) as table_name,
        coalesce(counted.rows_found, 0) as rows_found,
        sizes.rows_checked,
        cast(least(coalesce({{ segmentation.share('counted.rows_found', 'sizes.rows_checked') }}, 0), 1) as numeric(9, 6)) as share,
        {% if allowed %}
        cast(
            case checks.check_name
                {% for check, share in allowed.items() %}
                when '{{ check }}' then {{ share }}
                {% endfor %}
                else {{ default_share }}
            end as numeric(9, 6)
        ) as allowed_share,
        {% else %}
        cast({{ default_share }} as numeric(9, 6)) as allowed_share,
        {% endif %}
        cast(checks.action as {{ dbt.type_string() }}) as action,
        cast(checks.meaning as {{ dbt.type_string() }}) as meaning
    from checks
    inner join sizes on checks.table_name = sizes.table_name
    left join counted
        on checks.table_name = counted.table_name and checks.check_name = counted.check_name
),

final as (
    select
        shares.*,
        share <= allowed_share as is_within_limit
    from shares
)

select * from final
