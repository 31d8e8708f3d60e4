{# Eight hexadecimal digits in lower case as a bigint. #}
{% macro hex_to_integer(expression) %}
    {{- return(adapter.dispatch('hex_to_integer', 'segmentation')(expression)) }}
{% endmacro %}

{# BigQuery reads 0x... too. #}
{% macro default__hex_to_integer(expression) -%}
    cast('0x' || {{ expression }} as {{ dbt.type_bigint() }})
{%- endmacro %}

{% macro postgres__hex_to_integer(expression) -%}
    cast(cast('x' || {{ expression }} as bit(32)) as bigint) & 4294967295
{%- endmacro %}

{% macro redshift__hex_to_integer(expression) -%}
    strtol({{ expression }}, 16)
{%- endmacro %}

{% macro snowflake__hex_to_integer(expression) -%}
    to_number({{ expression }}, 'XXXXXXXX')
{%- endmacro %}

{% macro spark__hex_to_integer(expression) -%}
    cast(conv({{ expression }}, 16, 10) as bigint)
{%- endmacro %}
