{# The engine's 64-bit floating point type. #}
{% macro double_type() %}{{ return(adapter.dispatch('double_type', 'segmentation')()) }}{% endmacro %}

{% macro default__double_type() %}double precision{% endmacro %}

{# Spark, Databricks and BigQuery know no "double precision". #}
{% macro spark__double_type() %}double{% endmacro %}

{% macro bigquery__double_type() %}float64{% endmacro %}
