{# True for a row that was set aside because another copy of it is kept, so that nothing of it is lost. #}
{% macro is_other_copy(set_aside_because) -%}
    coalesce({{ set_aside_because }}, '') in ('exact_duplicate', 'conflicting_duplicate')
{%- endmacro %}
