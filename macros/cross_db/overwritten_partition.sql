{# The config partition_by of an incremental model that replaces all rows of a value of the column: what the
   engine overwrites as a whole where replace_partition_strategy is insert_overwrite. `day` is for engines
   that partition by dates only; the model has to write every row of each of these days. Not called
   partition_by, because that would replace a macro of dbt-bigquery. #}
{% macro overwritten_partition(column, day=none) %}
    {{- return(adapter.dispatch('overwritten_partition', 'segmentation')(column, day)) }}
{% endmacro %}

{% macro default__overwritten_partition(column, day) %}{{ return(none) }}{% endmacro %}

{% macro spark__overwritten_partition(column, day) %}{{ return(column) }}{% endmacro %}

{# Databricks deletes and inserts; small partitions would only slow it down (see clustering). #}
{% macro databricks__overwritten_partition(column, day) %}{{ return(none) }}{% endmacro %}

{% macro bigquery__overwritten_partition(column, day) %}
    {{- return({'field': day or column, 'data_type': 'date', 'granularity': 'day'}) }}
{% endmacro %}
