{# A text as an SQL literal, quotes escaped and on one line. #}
{% macro text_literal(value) -%}
    cast('{{ dbt.escape_single_quotes(value | string | trim | replace("\n", " ")) }}' as {{ dbt.type_string() }})
{%- endmacro %}
