{# First day of the month, quarter or ISO week that a date falls into, as a date. #}
{% macro start_of(period, date_expression) %}
    {{- return(adapter.dispatch('start_of', 'segmentation')(period, date_expression)) }}
{% endmacro %}

{% macro default__start_of(period, date_expression) -%}
    cast({{ dbt.date_trunc(period, date_expression) }} as date)
{%- endmacro %}

{# BigQuery's plain week starts on Sunday. #}
{% macro bigquery__start_of(period, date_expression) -%}
    date_trunc({{ date_expression }}, {{ 'isoweek' if period == 'week' else period }})
{%- endmacro %}

{# The week of Snowflake starts where the account's WEEK_START says. #}
{% macro snowflake__start_of(period, date_expression) -%}
    {%- if period == 'week' -%}
        dateadd(day, 1 - dayofweekiso({{ date_expression }}), {{ date_expression }})
    {%- else -%}
        {{ segmentation.default__start_of(period, date_expression) }}
    {%- endif -%}
{%- endmacro %}
