{# A quotient of whole numbers, rounded half up to a whole number, exactly the same on every engine:
   integer, decimal and floating division are told apart differently by each. Null for a zero divisor. #}
{% macro divide_rounded(dividend, divisor) -%}
    {%- set doubled = "(2 * cast(" ~ dividend ~ " as bigint) + (" ~ divisor ~ "))" -%}
    {%- set twice = "nullif(2 * cast(" ~ divisor ~ " as bigint), 0)" -%}
    cast(({{ doubled }} - mod({{ doubled }}, {{ twice }})) / {{ twice }} as bigint)
{%- endmacro %}
