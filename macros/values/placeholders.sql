{# True where an id says that there is none: a word of segmentation_placeholder_ids, or nothing but zeros and marks
   (0, 000, 0.0, -, --, ?, the UUID of zeros). #}
{% macro is_placeholder_id(expression) -%}
    (
        lower({{ expression }}) in ({{ segmentation.quoted(var('segmentation_placeholder_ids')) }})
        or (
            substr({{ expression }}, 1, 1) in ('0', '-', '.', '?', '*', '#', '_', '/')
            and {{ segmentation.matches_pattern(expression, '^[-0._?*#/ ]+$') }}
        )
    )
{%- endmacro %}

{# True where an address says that there is none: its part before the @ is a word of
   segmentation_placeholder_mailboxes, or its domain ends with .invalid, which is reserved for that. #}
{% macro is_placeholder_email(expression) -%}
    (
        lower({{ dbt.split_part(expression, "'@'", 1) }}) in ({{ segmentation.quoted(var('segmentation_placeholder_mailboxes')) }})
        or lower({{ expression }}) like '%.invalid'
    )
{%- endmacro %}

{# Columns of a table that say who somebody is, so that nobody may be joined by what they say when nobody is meant. #}
{% macro identifying_columns(columns) %}
    {%- set found = [] -%}
    {%- for column in columns if column.name in ('source_customer_id', 'anonymous_id') or column.normalise == 'email' -%}
        {%- do found.append(column) -%}
    {%- endfor -%}
    {{- return(found) }}
{% endmacro %}

{# A relation with a column clean_<name> beside each of these, so that what is asked of it several times is cleaned
   once. `found`: the columns that are delivered; empty where nobody knows yet. #}
{% macro with_clean_identifiers(relation, columns, found) -%}
    {%- set delivered = [] -%}
    {%- for column in segmentation.identifying_columns(columns) if not found or column.name in found -%}
        {%- do delivered.append(column.name) -%}
    {%- endfor -%}
    {%- if not delivered -%} {{ relation }}
    {%- else -%}
    (
        select
            delivered.*
            {%- for name in delivered %},
            {{ segmentation.clean_text('delivered.' ~ name) }} as clean_{{ name }}
            {%- endfor %}
        from {{ relation }} as delivered
    ) as delivered
    {%- endif -%}
{%- endmacro %}

{# What was delivered for the first of these columns that holds a placeholder, with the column's name, for the
   findings; of an address the part before the @. #}
{% macro placeholder(columns, found) -%}
    {%- set delivered = [] -%}
    {%- for column in segmentation.identifying_columns(columns) if not found or column.name in found -%}
        {%- do delivered.append(column) -%}
    {%- endfor -%}
    {%- if delivered -%}
    case
        {%- for column in delivered %}
        {%- set value = 'clean_' ~ column.name %}
        {%- if column.normalise == 'email' %}
        when {{ segmentation.is_placeholder_email(value) }} then '{{ column.name }} ' || lower({{ dbt.split_part(value, "'@'", 1) }})
        {%- else %}
        when {{ segmentation.is_placeholder_id(value) }} then '{{ column.name }} ' || lower({{ value }})
        {%- endif %}
        {%- endfor %}
    end
    {%- else -%} {{ segmentation.null_text() }}
    {%- endif -%}
{%- endmacro %}
