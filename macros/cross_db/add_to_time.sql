{# A timestamp some days, hours or minutes later (earlier when negative), as a timestamp. #}
{% macro add_to_time(timestamp_expression, amount, unit) %}
    {{- return(adapter.dispatch('add_to_time', 'segmentation')(timestamp_expression, amount, unit)) }}
{% endmacro %}

{% macro default__add_to_time(timestamp_expression, amount, unit) -%}
    {{ dbt.dateadd(unit, amount, timestamp_expression) }}
{%- endmacro %}

{# dbt's own returns a datetime, which BigQuery does not compare with a timestamp. #}
{% macro bigquery__add_to_time(timestamp_expression, amount, unit) -%}
    timestamp_add({{ timestamp_expression }}, interval {{ amount }} {{ unit }})
{%- endmacro %}
