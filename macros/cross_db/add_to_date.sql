{# A date some days, weeks or months later (earlier when negative), as a date. #}
{% macro add_to_date(date_expression, amount, unit='day') -%}
    cast({{ dbt.dateadd(unit, amount, date_expression) }} as date)
{%- endmacro %}
