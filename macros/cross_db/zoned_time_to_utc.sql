{# A point in time (a timestamp with a time zone) as a timestamp without one, in UTC whatever the session shows. #}
{% macro zoned_time_to_utc(expression) %}
    {{- return(adapter.dispatch('zoned_time_to_utc', 'segmentation')(expression)) }}
{% endmacro %}

{% macro default__zoned_time_to_utc(expression) -%}
    cast({{ expression }} at time zone 'UTC' as timestamp)
{%- endmacro %}

{% macro snowflake__zoned_time_to_utc(expression) -%}
    cast(convert_timezone('UTC', {{ expression }}) as timestamp)
{%- endmacro %}

{# These know no other timestamps: theirs are points in time, shown in the session's zone, which has to be UTC. #}
{% macro spark__zoned_time_to_utc(expression) -%}
    cast({{ expression }} as timestamp)
{%- endmacro %}

{% macro bigquery__zoned_time_to_utc(expression) -%}
    cast({{ expression }} as timestamp)
{%- endmacro %}
