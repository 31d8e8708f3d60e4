{# A text with every match of the POSIX pattern replaced. #}
{% macro replace_all(expression, pattern, replacement) %}
    {{- return(adapter.dispatch('replace_all', 'segmentation')(expression, pattern, replacement)) }}
{% endmacro %}

{% macro default__replace_all(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}

{# DuckDB and PostgreSQL replace the first match only unless told otherwise. #}
{% macro duckdb__replace_all(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro postgres__replace_all(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{# Redshift, PostgreSQL's cousin, replaces every match and takes a number where that has 'g'. #}
{% macro redshift__replace_all(expression, pattern, replacement) -%}
    {{ segmentation.default__replace_all(expression, pattern, replacement) }}
{%- endmacro %}
