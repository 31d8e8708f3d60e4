{% set allowed = var('segmentation_allowed_finding_share_by_check') %}

with findings as (
    select * from {{ ref('data_quality_findings') }}
),

checks as (
    select * from {{ ref('data_quality_checks') }}
),

sizes as (
    {% for table in segmentation.contract_tables() %}
    select
        '{{ table }}' as table_name,
        count(*) as rows_checked
    from {{ ref('screened_' ~ table) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

counted as (
    select
        table_name,
        check_name,
        count(*) as rows_found
    from findings
    group by table_name, check_name
),

shares as (
    select
        checks.check_name,
        checks.table_name,
        coalesce(counted.rows_found, 0) as rows_found,
        sizes.rows_checked,
        cast(coalesce({{ segmentation.share('counted.rows_found', 'sizes.rows_checked') }}, 0) as numeric(9, 6)) as share,
        {% if allowed %}
        cast(
            case checks.check_name
                {% for check, share in allowed.items() %}
                when '{{ check }}' then {{ share }}
                {% endfor %}
                else {{ var('segmentation_allowed_finding_share') }}
            end as numeric(9, 6)
        ) as allowed_share,
        {% else %}
        cast({{ var('segmentation_allowed_finding_share') }} as numeric(9, 6)) as allowed_share,
        {% endif %}
        checks.action,
        checks.meaning
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
