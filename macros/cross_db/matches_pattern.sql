{# True where the text contains a match of the POSIX pattern; anchor it with ^ and $ for the whole text. #}
{% macro matches_pattern(expression, pattern) %}
    {{- return(adapter.dispatch('matches_pattern', 'segmentation')(expression, pattern)) }}
{% endmacro %}

{% macro default__matches_pattern(expression, pattern) -%}
    regexp_like({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{% macro duckdb__matches_pattern(expression, pattern) -%}
    regexp_matches({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{% macro postgres__matches_pattern(expression, pattern) -%}
    {{ expression }} ~ '{{ pattern }}'
{%- endmacro %}

{# Spark reads backslashes in a literal as escapes, so patterns use none; rlike finds a part as well. #}
{% macro spark__matches_pattern(expression, pattern) -%}
    {{ expression }} rlike '{{ pattern }}'
{%- endmacro %}

{# Its regexp_like is about the whole text. #}
{% macro snowflake__matches_pattern(expression, pattern) -%}
    regexp_instr({{ expression }}, '{{ pattern }}') > 0
{%- endmacro %}

{% macro bigquery__matches_pattern(expression, pattern) -%}
    regexp_contains({{ expression }}, r'{{ pattern }}')
{%- endmacro %}
