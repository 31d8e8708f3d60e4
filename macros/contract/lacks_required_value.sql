{# True where a column that the contract requires is null. #}
{% macro lacks_required_value(table) -%}
    {%- for column in segmentation.contract_columns(table) if column.required -%}
        {{ column.name }} is null{{ ' or ' if not loop.last }}
    {%- else -%}
        false
    {%- endfor -%}
{%- endmacro %}
