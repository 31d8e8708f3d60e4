{# Segments to build: the shipped ones that are switched on, then the project's own. Vars that are no lists count as
   empty here; check_vars says what is wrong with them. #}
{% macro segment_names() %}
    {{- return(segmentation.shipped_segments_on() + segmentation.list_or_empty(var('segmentation_custom_segments'))) }}
{% endmacro %}

{% macro shipped_segments_on() %}
    {%- set listed = var('segmentation_segments') -%}
    {%- set names = segmentation.shipped_segments() if listed == 'all' else segmentation.list_or_empty(listed) -%}
    {{- return(names | reject('in', segmentation.list_or_empty(var('segmentation_segments_off'))) | list) }}
{% endmacro %}

{# Whether the model of a rule is to be built. One that is not costs nothing: dbt leaves it and its tests out. A project's
   own rule takes the place of a shipped one of the same name that is off. #}
{% macro is_switched_on(model) %}
    {%- set name = model.name[8:] -%}
    {%- set is_shipped = model.package_name == 'segmentation' and name in segmentation.shipped_segments() -%}
    {{- return(name in (segmentation.shipped_segments_on() if is_shipped else segmentation.segment_names())) }}
{% endmacro %}

{# A var that has to be a list: none where it is something else. #}
{% macro list_or_empty(value) %}
    {{- return([] if value is string or value is mapping or value is not iterable else value | list) }}
{% endmacro %}
