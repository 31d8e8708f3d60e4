{# True where a text can be read as the given type: integer, numeric(p,s), timestamp, date or boolean. #}
{% macro is_castable(expression, type) %}
    {{- return(adapter.dispatch('is_castable', 'segmentation')(expression, type)) }}
{% endmacro %}

{% macro default__is_castable(expression, type) -%}
    try_cast({{ expression }} as {{ type }}) is not null
{%- endmacro %}

{% macro bigquery__is_castable(expression, type) -%}
    safe_cast({{ expression }} as {{ type }}) is not null
{%- endmacro %}

{# PostgreSQL has no try_cast, and pg_input_is_valid only since 16: patterns that hold on 15 too. #}
{% macro postgres__is_castable(expression, type) -%}
    {%- if type.startswith('int') -%}
        {{ expression }} ~ '^ *[-+]?[0-9]+ *$'
    {%- elif type.startswith('numeric') -%}
        {{ expression }} ~ '^ *[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)? *$'
    {%- elif type == 'boolean' -%}
        lower(trim({{ expression }})) in ('t', 'f', 'true', 'false', 'yes', 'no', 'on', 'off', '0', '1')
    {%- else -%}
        {{ expression }} ~ '^ *[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}([ T]+[0-9:.]+(Z|[-+][0-9:]+)?)? *$'
    {%- endif -%}
{%- endmacro %}

{% macro redshift__is_castable(expression, type) -%}
    {{ segmentation.postgres__is_castable(expression, type) }}
{%- endmacro %}
