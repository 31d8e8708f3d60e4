{# Whole seconds from one timestamp to another, fractions of a second cut off at both ends. #}
{% macro seconds_between(start_time, end_time) %}
    {{- return(adapter.dispatch('seconds_between', 'segmentation')(start_time, end_time)) }}
{% endmacro %}

{% macro default__seconds_between(start_time, end_time) -%}
    cast(floor(extract(epoch from {{ end_time }})) - floor(extract(epoch from {{ start_time }})) as bigint)
{%- endmacro %}

{% macro spark__seconds_between(start_time, end_time) -%}
    (unix_timestamp({{ end_time }}) - unix_timestamp({{ start_time }}))
{%- endmacro %}

{% macro snowflake__seconds_between(start_time, end_time) -%}
    datediff(second, {{ start_time }}, {{ end_time }})
{%- endmacro %}

{% macro bigquery__seconds_between(start_time, end_time) -%}
    timestamp_diff(timestamp_trunc({{ end_time }}, second), timestamp_trunc({{ start_time }}, second), second)
{%- endmacro %}
