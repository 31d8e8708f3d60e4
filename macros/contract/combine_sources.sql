{# One select over all enabled sources of a table, in the contract's columns and types. An optional column
   that a source lacks becomes null or its default; a required one stops the build with its name. `with_content`: and
   a number `content` for each row as it was delivered. #}
{% macro combine_sources(table, with_content=false) %}
    {%- set relations = {} -%}
    {%- for source in segmentation.sources_of(table) -%}
        {%- do relations.update({source: ref('stg_' ~ source ~ '__' ~ table)}) -%}
    {%- endfor -%}
    {%- set columns = segmentation.contract_columns(table) -%}
    {%- for source, relation in relations.items() %}
        {%- set found = segmentation.columns_found(relation) if execute else {} %}
    select
        cast('{{ source }}' as {{ dbt.type_string() }}) as source
        {%- for column in columns %},
        {{ segmentation.contract_value(table, source, column, found) }} as {{ column.name }}
        {%- if column.normalise == 'email' %},
        {{ segmentation.malformed_email(column, found) }} as malformed_email
        {%- endif %}
        {%- endfor %}
        {%- if segmentation.identifying_columns(columns) %},
        {{ segmentation.placeholder(columns, found) }} as placeholder
        {%- endif %}
        {%- if with_content %},
        {{ segmentation.content_hash(segmentation.delivered_types(columns, found)) }} as content
        {%- endif %}
    from {{ segmentation.with_clean_identifiers(relation, columns, found) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as source
        {%- for column in columns %},
        cast(null as {{ column.type }}) as {{ column.name }}
        {%- if column.normalise == 'email' %},
        cast(null as {{ dbt.type_string() }}) as malformed_email
        {%- endif %}
        {%- endfor %}
        {%- if segmentation.identifying_columns(columns) %},
        cast(null as {{ dbt.type_string() }}) as placeholder
        {%- endif %}
        {%- if with_content %},
        cast(null as {{ dbt.type_bigint() }}) as content
        {%- endif %}
    from (select 1 as n) as nothing
    where n = 0
    {%- endfor %}
{% endmacro %}

{# Column name -> data type as delivered; empty when the relation is not there yet, as when SQL is only
   compiled or linted, and in unit tests. #}
{% macro columns_found(relation) %}
    {%- set found = {} -%}
    {%- if model.resource_type != 'unit_test' and load_relation(relation) is not none -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do found.update({column.name | lower: column.data_type | lower}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) }}
{% endmacro %}

{# Name and type, as delivered, of the columns of the contract that a source delivers. #}
{% macro delivered_types(columns, found) %}
    {%- set delivered = [] -%}
    {%- for column in columns if not found or column.name in found -%}
        {%- do delivered.append({'name': column.name, 'type': found.get(column.name, column.type)}) -%}
    {%- endfor -%}
    {{- return(delivered) }}
{% endmacro %}

{# One column of the contract as a source delivers it: cast, normalised, defaulted. #}
{% macro contract_value(table, source, column, found) -%}
    {%- if found and column.name not in found and column.required -%}
        {{ exceptions.raise_compiler_error(
            "stg_" ~ source ~ "__" ~ table ~ " lacks the column " ~ column.name ~ " (" ~ column.type ~ "), which the contract of "
            ~ table ~ " requires. It delivers: " ~ found.keys() | sort | join(', ')
            ~ ". Rename or add the column there; models/unified describes each one."
        ) }}
    {%- endif -%}
    {%- set value -%}
        {%- if found and column.name not in found -%} cast(null as {{ column.type }})
        {%- elif column.is_text -%}
            {%- set text_value = segmentation.clean_text(column.name) -%}
            {%- set clean_value = 'clean_' ~ column.name -%}
            {%- if column.normalise == 'email' -%}
                case when not {{ segmentation.is_placeholder_email(clean_value) }} then {{ segmentation.email_or_null(clean_value) }} end
            {%- elif column.name in ('source_customer_id', 'anonymous_id') -%}
                case when not {{ segmentation.is_placeholder_id(clean_value) }} then {{ clean_value }} end
            {%- elif column.normalise == 'trim' or column.name.endswith('_id') -%} {{ text_value }}
            {%- elif column.normalise -%} {{ column.normalise }}({{ text_value }})
            {%- else -%} nullif(cast({{ column.name }} as {{ dbt.type_string() }}), '')
            {%- endif -%}
        {%- elif column.type == 'timestamp' -%}
            {{ segmentation.utc_time(column.name, found.get(column.name, '')) }}
        {%- elif column.type == 'date' and segmentation.is_zoned_type(found.get(column.name, '')) -%}
            cast({{ segmentation.utc_time(column.name, found[column.name]) }} as date)
        {%- elif column.is_number -%}
            {{ segmentation.number_value(column.name, column.type, found.get(column.name, ''), column.is_money) }}
        {%- else -%} cast({{ column.name }} as {{ column.type }})
        {%- endif -%}
    {%- endset -%}
    {{ 'coalesce(' ~ value ~ ', ' ~ column.default ~ ')' if column.default else value }}
{%- endmacro %}

{# Text without blanks around it; null when nothing is left. #}
{% macro trimmed(expression) -%}
    nullif(trim(cast({{ expression }} as {{ dbt.type_string() }})), '')
{%- endmacro %}

{# What was delivered as an e-mail and is none, for the findings. #}
{% macro malformed_email(column, found) -%}
    {%- if found and column.name not in found -%}
        cast(null as {{ dbt.type_string() }})
    {%- else -%}
        {%- set text_value = 'clean_' ~ column.name -%}
        case when {{ text_value }} is not null and {{ segmentation.email_or_null(text_value) }} is null then {{ text_value }} end
    {%- endif -%}
{%- endmacro %}
