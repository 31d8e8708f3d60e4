{# Columns that a source delivers for a table and that the contract does not know, as a list of {name, meant}:
   `meant` is the column of the contract that it is most like, if any. What begins with an underscore belongs to
   the loader. #}
{% macro unknown_columns(table, found) %}
    {%- set known = segmentation.contract_columns(table) | map(attribute='name') | list -%}
    {%- set missing = known | reject('in', found) | list -%}
    {%- set unknown = [] -%}
    {%- for name in found if name not in known and name != 'source' and not name.startswith('_') -%}
        {%- do unknown.append({'name': name, 'meant': segmentation.most_alike(name, missing)}) -%}
    {%- endfor -%}
    {{- return(unknown) }}
{% endmacro %}

{# Says or stops on them, as segmentation_unknown_columns asks: a column with a typing error is not read. #}
{% macro tell_unknown_columns(table, source, found) %}
    {%- set wanted = var('segmentation_unknown_columns') -%}
    {%- set told = [] -%}
    {%- for column in segmentation.unknown_columns(table, found) -%}
        {%- do told.append(column.name ~ (' (did you mean ' ~ column.meant ~ '?)' if column.meant else '')) -%}
    {%- endfor -%}
    {%- if told and wanted != 'ignore' -%}
        {%- set message = "stg_" ~ source ~ "__" ~ table ~ " delivers columns that the contract of " ~ table ~ " does not know, and which are not read: "
            ~ told | join(', ') ~ ". Rename them, take them out, or set segmentation_unknown_columns to ignore." -%}
        {%- if wanted == 'error' -%}{{ exceptions.raise_compiler_error(message) }}{%- else -%}{%- do exceptions.warn(message) -%}{%- endif -%}
    {%- endif -%}
{% endmacro %}
