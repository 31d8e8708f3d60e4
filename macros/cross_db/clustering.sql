{# Config of a large table that is read by some of its columns: how it is clustered on warehouses that
   leave that to the user. Elsewhere nothing is set. #}
{% macro clustering(columns) %}
    {{- return(adapter.dispatch('clustering', 'segmentation')(columns)) }}
{% endmacro %}

{% macro default__clustering(columns) %}{{ return({}) }}{% endmacro %}

{% macro snowflake__clustering(columns) %}{{ return({'cluster_by': columns}) }}{% endmacro %}

{% macro bigquery__clustering(columns) %}{{ return({'cluster_by': columns}) }}{% endmacro %}

{% macro databricks__clustering(columns) %}{{ return({'liquid_clustered_by': columns}) }}{% endmacro %}

{# Rows of a customer on one node, so that joins move none. #}
{% macro redshift__clustering(columns) %}
    {{- return({'dist': 'customer_id', 'sort': columns}) }}
{% endmacro %}
