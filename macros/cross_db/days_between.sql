{# Whole days from one date to another, as an integer. #}
{% macro days_between(start_date, end_date) %}
    {{- return(adapter.dispatch('days_between', 'segmentation')(start_date, end_date)) }}
{% endmacro %}

{% macro default__days_between(start_date, end_date) -%}
    cast(({{ end_date }} - {{ start_date }}) as integer)
{%- endmacro %}

{# A difference of dates is an interval on Spark and not defined on the other three. #}
{% macro spark__days_between(start_date, end_date) -%}
    datediff({{ end_date }}, {{ start_date }})
{%- endmacro %}

{% macro snowflake__days_between(start_date, end_date) -%}
    datediff(day, {{ start_date }}, {{ end_date }})
{%- endmacro %}

{% macro redshift__days_between(start_date, end_date) -%}
    datediff(day, {{ start_date }}, {{ end_date }})
{%- endmacro %}

{% macro bigquery__days_between(start_date, end_date) -%}
    date_diff({{ end_date }}, {{ start_date }}, day)
{%- endmacro %}
