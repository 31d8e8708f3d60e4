{# A text as an SQL literal, quotes doubled and on one line. #}
{% macro text_literal(value) -%}
    cast('{{ value | string | trim | replace("'", "''") | replace("\n", " ") }}' as {{ dbt.type_string() }})
{%- endmacro %}
