{# Part of a whole from 0 to 1 with six decimals; null when the whole is nothing. #}
{% macro share(part, whole) -%}
    cast(cast({{ segmentation.divide_rounded('1000000 * cast(' ~ part ~ ' as bigint)', whole) }} as numeric(18, 6)) / 1000000 as numeric(9, 6))
{%- endmacro %}
