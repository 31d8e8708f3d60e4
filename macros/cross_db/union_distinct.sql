{# Between two selects whose equal rows become one. #}
{% macro union_distinct() %}{{ return(adapter.dispatch('union_distinct', 'segmentation')()) }}{% endmacro %}

{% macro default__union_distinct() %}union{% endmacro %}

{# BigQuery knows no bare union, others no `union distinct`. #}
{% macro bigquery__union_distinct() %}union distinct{% endmacro %}
