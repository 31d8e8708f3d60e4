{# Stops while the project is parsed on a warehouse for which nobody has looked at the SQL. #}
{% macro check_adapter() %}
    {%- set supported = ['duckdb', 'postgres', 'spark', 'snowflake', 'bigquery', 'databricks', 'redshift'] -%}
    {%- if target.type not in supported -%}
        {{ exceptions.raise_compiler_error(
            "The package segmentation does not support " ~ target.type ~ ", only " ~ supported[:-1] | join(', ') ~ " and " ~ supported[-1] ~ "."
        ) }}
    {%- endif -%}
{% endmacro %}
