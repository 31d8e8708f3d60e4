{# Number of the half hour since 1970 that a timestamp (UTC) lies in. #}
{% macro half_hours(timestamp_expression) %}
    {{- return(adapter.dispatch('half_hours', 'segmentation')(timestamp_expression)) }}
{% endmacro %}

{% macro default__half_hours(timestamp_expression) -%}
    cast(floor(extract(epoch from {{ timestamp_expression }}) / 1800) as bigint)
{%- endmacro %}

{# Whole microseconds, which DuckDB stores anyway: no detour through floating point for each event. #}
{% macro duckdb__half_hours(timestamp_expression) -%}
    epoch_us({{ timestamp_expression }}) // 1800000000
{%- endmacro %}

{# Spark cannot extract the epoch, and neither can the next three. #}
{% macro spark__half_hours(timestamp_expression) -%}
    cast(floor(unix_timestamp({{ timestamp_expression }}) / 1800) as bigint)
{%- endmacro %}

{% macro snowflake__half_hours(timestamp_expression) -%}
    floor(date_part(epoch_second, {{ timestamp_expression }}) / 1800)
{%- endmacro %}

{% macro bigquery__half_hours(timestamp_expression) -%}
    div(unix_seconds(timestamp({{ timestamp_expression }})), 1800)
{%- endmacro %}
