{# Names of the enabled sources that deliver a table, in the order of segmentation_sources. #}
{% macro sources_of(table) %}
    {%- set enabled = var('segmentation_sources') -%}
    {%- set names = [] -%}
    {%- for source in enabled -%}
        {%- if enabled is mapping -%}
            {%- if table in enabled[source] -%}{%- do names.append(source) -%}{%- endif -%}
        {%- elif source in segmentation.optional_tables().get(table, [source]) -%}
            {%- do names.append(source) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(names) }}
{% endmacro %}
