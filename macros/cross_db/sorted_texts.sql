{# The different texts of a group as one, in alphabetical order; null where there is none. #}
{% macro sorted_texts(expression) %}
    {{- return(adapter.dispatch('sorted_texts', 'segmentation')(expression)) }}
{% endmacro %}

{% macro default__sorted_texts(expression) -%}
    string_agg(distinct {{ expression }}, ', ' order by {{ expression }})
{%- endmacro %}

{% macro spark__sorted_texts(expression) -%}
    nullif(array_join(array_sort(collect_set({{ expression }})), ', '), '')
{%- endmacro %}

{% macro snowflake__sorted_texts(expression) -%}
    nullif(listagg(distinct {{ expression }}, ', ') within group (order by {{ expression }}), '')
{%- endmacro %}

{% macro redshift__sorted_texts(expression) -%}
    listagg(distinct {{ expression }}, ', ') within group (order by {{ expression }})
{%- endmacro %}
