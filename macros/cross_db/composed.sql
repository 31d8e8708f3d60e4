{# A text in Unicode's composed form (NFC): é may come as one character, or as e and an accent. #}
{% macro composed(expression) %}
    {{- return(adapter.dispatch('composed', 'segmentation')(expression)) }}
{% endmacro %}

{# Snowflake and Redshift have no function for it: texts have to come composed there. #}
{% macro default__composed(expression) -%}
    {{ expression }}
{%- endmacro %}

{% macro duckdb__composed(expression) -%}
    nfc_normalize({{ expression }})
{%- endmacro %}

{% macro postgres__composed(expression) -%}
    normalize({{ expression }}, nfc)
{%- endmacro %}

{# PostgreSQL's cousin has none. #}
{% macro redshift__composed(expression) -%}
    {{ segmentation.default__composed(expression) }}
{%- endmacro %}

{# Spark 4 brings the library that it compares texts with; `false` is for NFC and not NFKC. It fails on nothing. #}
{% macro spark__composed(expression) -%}
    nullif(reflect('com.ibm.icu.text.Normalizer', 'compose', coalesce({{ expression }}, ''), false), '')
{%- endmacro %}

{# Its shared clusters call no classes by their name. #}
{% macro databricks__composed(expression) -%}
    {{ segmentation.default__composed(expression) }}
{%- endmacro %}

{% macro bigquery__composed(expression) -%}
    normalize({{ expression }}, nfc)
{%- endmacro %}
