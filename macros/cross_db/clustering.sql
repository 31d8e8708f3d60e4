{# Config of a large table that is read by some of its columns: how its rows lie together on warehouses that
   leave that to the user. Elsewhere nothing is set: {{ config(**segmentation.clustering(['customer_id'])) }} #}
{% macro clustering(columns) %}
    {{- return(adapter.dispatch('clustering', 'segmentation')(columns)) }}
{% endmacro %}

{% macro default__clustering(columns) %}{{ return({}) }}{% endmacro %}

{% macro snowflake__clustering(columns) %}{{ return({'cluster_by': columns}) }}{% endmacro %}

{% macro bigquery__clustering(columns) %}{{ return({'cluster_by': columns}) }}{% endmacro %}

{% macro databricks__clustering(columns) %}{{ return({'liquid_clustered_by': columns}) }}{% endmacro %}

{# Joins on the first column need no redistribution, and scans skip blocks by it. #}
{% macro redshift__clustering(columns) %}
    {{- return({'dist': columns[0], 'sort': columns}) }}
{% endmacro %}
