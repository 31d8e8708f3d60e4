{# Names of the enabled sources that deliver a table, in the order of segmentation_sources. #}
{% macro sources_of(table) %}
    {%- set enabled = var('segmentation_sources') -%}
    {%- set names = [] -%}
    {%- for source in enabled if enabled is not mapping or table in enabled[source] -%}
        {%- do names.append(source) -%}
    {%- endfor -%}
    {{- return(names) }}
{% endmacro %}
