{# Day of the week, 1 for Monday to 7 for Sunday; each engine counts differently. #}
{% macro iso_weekday(date_expression) -%}
    mod({{ segmentation.days_between("cast('1970-01-05' as date)", date_expression) }}, 7) + 1
{%- endmacro %}
