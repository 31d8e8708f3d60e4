{# Config of a large table that is read and replaced a few days at a time, beside its partition_by: how its
   rows lie together where warehouses skip blocks by the smallest and largest value. #}
{% macro clustered_by_day(column) %}
    {{- return(adapter.dispatch('clustered_by_day', 'segmentation')(column)) }}
{% endmacro %}

{% macro default__clustered_by_day(column) %}{{ return({}) }}{% endmacro %}

{% macro snowflake__clustered_by_day(column) %}{{ return({'cluster_by': [column]}) }}{% endmacro %}

{% macro databricks__clustered_by_day(column) %}{{ return({'liquid_clustered_by': [column]}) }}{% endmacro %}

{% macro redshift__clustered_by_day(column) %}{{ return({'sort': column}) }}{% endmacro %}
