{# How many years the next anniversary of a date completes; one that falls on the day itself is the next. #}
{% macro next_anniversary_years(date_expression, on_date) -%}
    {%- set completed = segmentation.full_years_between(date_expression, on_date) -%}
    case
        when {{ segmentation.anniversary(date_expression, completed) }} = {{ on_date }} then {{ completed }}
        else {{ completed }} + 1
    end
{%- endmacro %}
