{# A boolean as a text. #}
{% macro boolean_text(expression) %}
    {{- return(adapter.dispatch('boolean_text', 'segmentation')(expression)) }}
{% endmacro %}

{% macro default__boolean_text(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }})
{%- endmacro %}

{# Redshift casts no boolean to a text. #}
{% macro redshift__boolean_text(expression) -%}
    case when {{ expression }} then 'true' when not {{ expression }} then 'false' end
{%- endmacro %}
