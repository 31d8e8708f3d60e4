{# Segments to build: the shipped ones that are switched on, then the project's own. #}
{% macro segment_names() %}
    {{- return(var('segmentation_segments') + var('segmentation_custom_segments')) }}
{% endmacro %}
