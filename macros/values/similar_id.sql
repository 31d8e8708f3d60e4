{# What ids have in common that mean the same customer but were written by two programs: small letters, without blanks
   and marks, zeros at the front and the .0 of a number that was read as a fraction. For hints only. #}
{% macro similar_id(expression) -%}
    regexp_replace(
        replace(replace(replace(regexp_replace({{ segmentation.folded(expression) }}, '[.]0+$', ''), ' ', ''), '-', ''), '_', ''),
        '^0+', ''
    )
{%- endmacro %}
