{# An amount at an exchange rate, exactly. One digit more than amounts have makes DuckDB count in wide numbers,
   and is what Spark still multiplies without rounding. #}
{% macro exact_value(amount, exchange_rate) -%}
    cast({{ amount }} as numeric(19, 6)) * {{ exchange_rate }}
{%- endmacro %}

{# The same rounded half up, as an amount and in whole cents of the reporting currency. #}
{% macro converted_value(amount, exchange_rate) -%}
    cast(round({{ segmentation.exact_value(amount, exchange_rate) }}, 2) as numeric(18, 2))
{%- endmacro %}

{% macro converted_cents(amount, exchange_rate) -%}
    cast(round({{ segmentation.exact_value(amount, exchange_rate) }}, 2) * 100 as bigint)
{%- endmacro %}
