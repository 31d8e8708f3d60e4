{# CTEs that end with `final`: the rows of a model that is kept by day (a CTE with occurred_on and the given
   columns), and one marker row for each day that was made, with the state that stale_days compares next
   time. A day without rows has its marker, too. #}
{% macro with_day_markers(table, days, rows, columns) -%}
markers as (
    select
        occurred_on,
        day_state
    from {{ ref('delivered_days') }}
    where table_name = '{{ table }}' and {{ segmentation.in_days('cast(occurred_on as timestamp)', days) }}
),

final as (
    select
        markers.occurred_on,
        markers.day_state,
        {%- for column in columns %}
        {{ rows }}.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from markers
    left join (select * from {{ rows }} where false) as {{ rows }} on markers.occurred_on = {{ rows }}.occurred_on

    union all

    select
        occurred_on,
        cast(null as {{ dbt.type_string() }}) as day_state,
        {%- for column in columns %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ rows }}
)
{%- endmacro %}
