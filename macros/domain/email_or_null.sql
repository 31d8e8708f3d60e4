{# An address in lower case, or null where the text cannot be one. #}
{% macro email_or_null(expression) -%}
    case
        when length({{ expression }}) <= 254
            and {{ segmentation.matches_pattern(expression, '^[^@ ,;<>()]+@[^@ ,;<>()]+[.][^@ .,;<>()]+$') }}
            then lower({{ expression }})
    end
{%- endmacro %}
