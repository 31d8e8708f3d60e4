{# The meta and description of a segment's model; a model of the user's project wins over a shipped one of
   the same name, as it does in ref(). Only while dbt executes. #}
{% macro segment_node(name) %}
    {%- set ids = ['model.' ~ project_name ~ '.segment_' ~ name, 'model.segmentation.segment_' ~ name] -%}
    {%- for id in ids if id in graph.nodes -%}{{- return(graph.nodes[id]) }}{%- endfor -%}
    {#- In a package between the two. The search is slow, and most of all for seventy rules. -#}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == 'segment_' ~ name -%}
        {{- return(node) }}
    {%- endfor -%}
    {{- return(none) }}
{% endmacro %}

{% macro is_family(name) %}
    {{- return(segmentation.segment_node(name).config.meta.get('family', false) if execute else false) }}
{% endmacro %}

{# Whether there is a rule of this name, switched on or not. Not every model segment_... is one: those of the
   package have a kind. #}
{% macro is_rule(name) %}
    {%- if name in segmentation.segment_names() + segmentation.shipped_segments() -%}{{- return(true) }}{%- endif -%}
    {%- set node = segmentation.segment_node(name) -%}
    {{- return(node is not none and node.config.meta.get('kind') is not none) }}
{% endmacro %}

{# The rules whose members are taken out of a rule's result. Rules that are not built exclude nobody. #}
{% macro excluded_rules(name) %}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for other in segmentation.segment_node(name).config.meta.get('excludes', []) if other in segmentation.segment_names() -%}
            {%- do found.append(other) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) }}
{% endmacro %}

{# All of them, as pairs of a rule and the rule that it excludes. #}
{% macro exclusion_pairs() %}
    {%- set pairs = [] -%}
    {%- for name in segmentation.segment_names() -%}
        {%- for other in segmentation.excluded_rules(name) -%}
            {%- do pairs.append([name, other]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(pairs) }}
{% endmacro %}
