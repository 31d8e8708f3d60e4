{# The column list after the name of a recursive CTE. Redshift demands one; elsewhere it does no harm. #}
{% macro recursive_columns(columns) %}
    {{- return(adapter.dispatch('recursive_columns', 'segmentation')(columns)) }}
{% endmacro %}

{% macro default__recursive_columns(columns) -%}
    ({{ columns | join(', ') }})
{%- endmacro %}

{# BigQuery knows none, and takes the names of the first select. #}
{% macro bigquery__recursive_columns(columns) %}{% endmacro %}
