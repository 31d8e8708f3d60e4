{# A text in lower case and composed form (folded, composed), with one blank where there were several and none around it:
   what names are the same by. #}
{% macro folded_text(expression) -%}
    {%- set lowered = segmentation.folded(segmentation.composed(expression)) -%}
    trim({{ segmentation.replace_all("replace(" ~ lowered ~ ", '\u00a0', ' ')", ' +', ' ') }})
{%- endmacro %}
