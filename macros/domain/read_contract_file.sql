{# The file of a contract table in the folder of the source `files`. CSV is read as text throughout, so that
   a value of the wrong type is reported with its column instead of guessed at. #}
{% macro read_contract_file(table) %}
    {%- set format = var('segmentation_files_format') -%}
    {%- set path = var('segmentation_files_path') ~ '/' ~ table ~ '.' ~ format -%}
    {%- if execute -%}
        {%- if target.type != 'duckdb' -%}
            {{ exceptions.raise_compiler_error(
                "The source 'files' is read by DuckDB; on " ~ target.type ~ " load the files with your loader and add models stg_<source>__<table>."
            ) }}
        {%- endif -%}
        {%- if run_query("select 1 from glob('" ~ path ~ "')") | length == 0 -%}
            {{ exceptions.raise_compiler_error(
                "The source 'files' is enabled, but there is no file " ~ path ~ ". Add it, set segmentation_files_path, "
                ~ "or list the tables that you have: segmentation_sources: {files: [orders, customers]}."
            ) }}
        {%- endif -%}
    {%- endif -%}
    select * from {{ "read_csv('" ~ path ~ "', header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', comment = '', skip = 0)" if format == 'csv' else "read_parquet('" ~ path ~ "')" }}
{%- endmacro %}
