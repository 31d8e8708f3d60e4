{# The meta and description of a segment's model; a model of the user's project wins over a shipped one of
   the same name, as it does in ref(). Only while dbt executes. #}
{% macro segment_node(name) %}
    {%- set found = {} -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == 'segment_' ~ name -%}
        {%- if not found or node.package_name == project_name -%}{%- do found.update({'node': node}) -%}{%- endif -%}
    {%- endfor -%}
    {{- return(found.node) }}
{% endmacro %}

{% macro is_family(name) %}
    {{- return(segmentation.segment_node(name).config.meta.get('family', false) if execute else false) }}
{% endmacro %}
