{# A UTC timestamp as the clock of a time zone (IANA name) shows it. An unknown name is an error on most
   engines: pass only names of the seed time_zones. #}
{% macro local_time(timestamp_expression, time_zone) %}
    {{- return(adapter.dispatch('local_time', 'segmentation')(timestamp_expression, time_zone)) }}
{% endmacro %}

{% macro default__local_time(timestamp_expression, time_zone) -%}
    timezone({{ time_zone }}, timezone('UTC', {{ timestamp_expression }}))
{%- endmacro %}

{% macro spark__local_time(timestamp_expression, time_zone) -%}
    from_utc_timestamp({{ timestamp_expression }}, {{ time_zone }})
{%- endmacro %}

{% macro snowflake__local_time(timestamp_expression, time_zone) -%}
    convert_timezone('UTC', {{ time_zone }}, {{ timestamp_expression }})
{%- endmacro %}

{% macro redshift__local_time(timestamp_expression, time_zone) -%}
    convert_timezone('UTC', {{ time_zone }}, {{ timestamp_expression }})
{%- endmacro %}

{% macro bigquery__local_time(timestamp_expression, time_zone) -%}
    datetime(timestamp({{ timestamp_expression }}), {{ time_zone }})
{%- endmacro %}
