{# The file of a contract table in the folder of the source `files`. CSV is read as text throughout, so that
   a value of the wrong type is reported with its column instead of guessed at. #}
{% macro read_contract_file(table) %}
    {%- set format = var('segmentation_files_format') -%}
    {%- set path = var('segmentation_files_path') ~ '/' ~ table ~ '.' ~ format -%}
    {%- set is_there = true -%}
    {%- if execute -%}
        {%- if target.type != 'duckdb' -%}
            {{ exceptions.raise_compiler_error(
                "The source 'files' is read by DuckDB; on " ~ target.type ~ " load the files with your loader and add models stg_<source>__<table>."
            ) }}
        {%- endif -%}
        {%- set is_there = run_query("select 1 from glob('" ~ path ~ "')") | length > 0 -%}
        {%- if not is_there and (table not in segmentation.optional_tables() or var('segmentation_sources') is mapping) -%}
            {{ exceptions.raise_compiler_error(
                "The source 'files' is enabled, but there is no file " ~ path ~ ". Add it, set segmentation_files_path, "
                ~ "or list the tables that you have: segmentation_sources: {files: [orders, customers]}."
            ) }}
        {%- endif -%}
        {%- if is_there and format == 'csv' -%}{{- segmentation.stop_on_repeated_names(path) -}}{%- endif -%}
    {%- endif -%}
    {%- if not is_there -%}
    select
        {%- for column in segmentation.contract_columns(table) %}
        cast(null as {{ column.type }}) as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
    {%- else -%}
    select * from {{ segmentation.csv_file(path, 'header = true') if format == 'csv' else "read_parquet('" ~ path ~ "')" }}
    {%- endif -%}
{%- endmacro %}

{% macro csv_file(path, options) -%}
    read_csv('{{ path }}', {{ options }}, all_varchar = true, delim = ',', quote = '"', escape = '"', comment = '', skip = 0)
{%- endmacro %}

{# Two columns of one name stop the build: the engine would rename the second one, and nobody would read it.
   Capitals, and blanks around a name, do not matter to the engine. Only the header is read, one line after the
   other: read in parallel, cells with line breaks would be a fault. #}
{% macro stop_on_repeated_names(path) %}
    {%- set header = run_query("select * from " ~ segmentation.csv_file(path, 'header = false, null_padding = true, parallel = false') ~ " limit 1") -%}
    {%- set names = [] -%}
    {%- for cell in (header.rows[0].values() if header.rows | length > 0 else []) if cell is not none -%}
        {%- set name = cell | string | trim | lower -%}
        {%- if name in names -%}
            {{ exceptions.raise_compiler_error("The file " ~ path ~ " has two columns named '" ~ name ~ "'. Take one of them out, or give it another name.") }}
        {%- endif -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
{% endmacro %}
