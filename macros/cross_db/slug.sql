{# A text as a name for segments and files: lower case letters, digits and single underscores. #}
{% macro slug(expression) %}
    {{- return(adapter.dispatch('slug', 'segmentation')(expression)) }}
{% endmacro %}

{% macro default__slug(expression) -%}
    trim(both '_' from regexp_replace(lower({{ expression }}), '[^a-z0-9]+', '_'))
{%- endmacro %}

{# DuckDB and PostgreSQL replace the first match only unless told otherwise. #}
{% macro duckdb__slug(expression) -%}
    trim(regexp_replace(lower({{ expression }}), '[^a-z0-9]+', '_', 'g'), '_')
{%- endmacro %}

{% macro postgres__slug(expression) -%}
    trim(both '_' from regexp_replace(lower({{ expression }}), '[^a-z0-9]+', '_', 'g'))
{%- endmacro %}

{# Redshift, PostgreSQL's cousin, replaces every match and takes a number where that has 'g'. #}
{% macro redshift__slug(expression) -%}
    {{ segmentation.default__slug(expression) }}
{%- endmacro %}

{# These two know no `trim(both ...)`. #}
{% macro snowflake__slug(expression) -%}
    regexp_replace(regexp_replace(lower({{ expression }}), '[^a-z0-9]+', '_'), '^_|_$', '')
{%- endmacro %}

{% macro bigquery__slug(expression) -%}
    {{ segmentation.snowflake__slug(expression) }}
{%- endmacro %}
