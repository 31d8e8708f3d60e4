{# Part of a whole from 0 to 1; null when the whole is nothing. #}
{% macro share(part, whole) -%}
    cast(cast({{ part }} as {{ segmentation.double_type() }}) / nullif({{ whole }}, 0) as numeric(9, 6))
{%- endmacro %}
