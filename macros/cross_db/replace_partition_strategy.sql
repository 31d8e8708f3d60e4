{# How an incremental model replaces whole days: delete and insert where there are transactions, overwrite
   of the partitions where there are none (Spark without Delta cannot delete). #}
{% macro replace_partition_strategy() %}
    {{- return(adapter.dispatch('replace_partition_strategy', 'segmentation')()) }}
{% endmacro %}

{% macro default__replace_partition_strategy() %}{{ return('delete+insert') }}{% endmacro %}

{% macro spark__replace_partition_strategy() %}{{ return('insert_overwrite') }}{% endmacro %}

{# Delta tables have transactions. #}
{% macro databricks__replace_partition_strategy() %}{{ return('delete+insert') }}{% endmacro %}

{% macro bigquery__replace_partition_strategy() %}{{ return('insert_overwrite') }}{% endmacro %}
