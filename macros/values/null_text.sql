{# Nothing, as a text: some engines do not guess the type of a bare null. #}
{% macro null_text() -%}
    cast(null as {{ dbt.type_string() }})
{%- endmacro %}
