{# Columns of a contract table to select, where times that a row can do without are left out when they lie
   before segmentation_earliest_day. data_quality_values names them. #}
{% macro plausible_columns(table) -%}
    {%- set optional_times = segmentation.optional_times(table) -%}
    {%- for column in segmentation.contract_columns(table) %}
        {%- if column.name in optional_times %}
        case when not {{ segmentation.is_implausible(column.name) }} then {{ column.name }} end as {{ column.name }}
        {%- else %}
        {{ column.name }}
        {%- endif %}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Times of a contract table that may be empty, but for the time of arrival. #}
{% macro optional_times(table) %}
    {%- set names = [] -%}
    {%- for column in segmentation.contract_columns(table) if column.type == 'timestamp' and not column.required and column.name != 'loaded_at' -%}
        {%- do names.append(column.name) -%}
    {%- endfor -%}
    {{- return(names) }}
{% endmacro %}
