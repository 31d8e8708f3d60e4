{# Columns that a source delivers for a table, from the YAML of unified_<table>, as a list of
   {name, type, required, normalise, default}. Empty while dbt parses. #}
{% macro contract_columns(table) %}
    {%- set columns = [] -%}
    {%- if execute -%}
        {%- set node = graph.nodes['model.segmentation.unified_' ~ table] -%}
        {%- for column in node.columns.values() -%}
            {%- set meta = column.config.meta -%}
            {%- if meta.input in ('required', 'optional') -%}
                {%- do columns.append({
                    'name': column.name,
                    'type': dbt.type_string() if column.data_type == 'string' else column.data_type,
                    'is_text': column.data_type == 'string',
                    'required': meta.input == 'required',
                    'normalise': meta.get('normalise'),
                    'default': meta.get('default'),
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(columns) }}
{% endmacro %}

{# Columns that tell rows of a table apart within one source. #}
{% macro contract_key(table) %}
    {{- return(graph.nodes['model.segmentation.unified_' ~ table].config.meta.key if execute else []) }}
{% endmacro %}
