{# The key of a contract table's row within its source, as one text for people. #}
{% macro record_key(table, relation='') -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {%- for column in segmentation.contract_key(table) -%}
        coalesce(cast({{ prefix }}{{ column }} as {{ dbt.type_string() }}), '?'){{ " || ' / ' || " if not loop.last }}
    {%- else -%}
        ''
    {%- endfor -%}
{%- endmacro %}
