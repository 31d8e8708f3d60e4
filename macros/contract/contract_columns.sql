{# Columns that a source delivers for a table, from the YAML of unified_<table>, as a list of
   {name, type, is_text, required, normalise, default, is_money, is_number}. Empty while dbt parses. #}
{% macro contract_columns(table) %}
    {%- set columns = [] -%}
    {%- if execute -%}
        {%- set node = segmentation.contract_node(table) -%}
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
                    'is_money': meta.get('money', false),
                    'is_number': column.data_type.startswith('numeric') or column.data_type == 'integer',
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(columns) }}
{% endmacro %}

{# Columns that tell rows of a table apart within one source. #}
{% macro contract_key(table) %}
    {{- return(segmentation.contract_node(table).config.meta.key if execute else []) }}
{% endmacro %}

{# The model whose YAML is the contract of a table: ours, or where a project has disabled ours and defined
   its own, that one: dbt applies our YAML to it. Only while dbt executes. #}
{% macro contract_node(table) %}
    {%- set ours = 'model.segmentation.unified_' ~ table -%}
    {{- return(graph.nodes[ours if ours in graph.nodes else 'model.' ~ project_name ~ '.unified_' ~ table]) }}
{% endmacro %}
