{# Whole cents as an amount of the reporting currency. Sums are kept in cents: they add and subtract exactly. #}
{% macro cents_to_amount(cents) -%}
    cast(cast({{ cents }} as numeric(20, 2)) / 100 as numeric(18, 2))
{%- endmacro %}
