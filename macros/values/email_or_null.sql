{# A clean text (macro clean_text) as an address in small letters, or null where it cannot be one. #}
{% macro email_or_null(expression) -%}
    case
        when length({{ expression }}) <= 254
            and {{ segmentation.matches_pattern(expression, '^[^@ ,;<>()]+@[^@ ,;<>()]+[.][^@ .,;<>()]+$') }}
            then {{ segmentation.folded(expression) }}
    end
{%- endmacro %}
