{# Post-hook of every model: where a new table has no statistics until some job comes round to it, they are taken at
   once, for the next models are planned by them. PostgreSQL would else join a million rows with a few
   thousand in nested loops. #}
{% macro gather_statistics(relation) %}
    {{- return(adapter.dispatch('gather_statistics', 'segmentation')(relation)) }}
{% endmacro %}

{% macro default__gather_statistics(relation) %}{{ return('') }}{% endmacro %}

{% macro postgres__gather_statistics(relation) %}
    {{- return('analyze ' ~ relation if model.config.materialized in ('table', 'incremental') else '') }}
{% endmacro %}

{# Redshift, PostgreSQL's cousin, takes them by itself when a table is made from a query. #}
{% macro redshift__gather_statistics(relation) %}{{ return('') }}{% endmacro %}
