{# Config of a small table that many rows are looked up in: an index, where planners may take it for the better way.
   PostgreSQL expects a handful of rows of some days' events, and would else read the whole table for each. #}
{% macro indexed(columns) %}
    {{- return(adapter.dispatch('indexed', 'segmentation')(columns)) }}
{% endmacro %}

{% macro default__indexed(columns) %}{{ return({}) }}{% endmacro %}

{% macro postgres__indexed(columns) %}{{ return({'indexes': [{'columns': columns}]}) }}{% endmacro %}

{# PostgreSQL's cousin has none. #}
{% macro redshift__indexed(columns) %}{{ return({}) }}{% endmacro %}
