{# A number for the content of a row, cheap and good enough to see that another row has taken its place; numbers of many
   rows can be added up. One engine makes the same of the same, two engines may not. #}
{% macro content_hash(columns) %}
    {{- return(adapter.dispatch('content_hash', 'segmentation')(columns)) }}
{% endmacro %}

{# Snowflake's is a number of 19 digits already. #}
{% macro default__content_hash(columns) -%}
    hash({{ columns | map(attribute='name') | join(', ') }})
{%- endmacro %}

{% macro postgres__content_hash(columns) -%}
    hashtextextended({{ segmentation.joined_texts(columns) }}, 0)
{%- endmacro %}

{# PostgreSQL's cousin has another one, and adds up whole numbers without looking. #}
{% macro redshift__content_hash(columns) -%}
    cast(farmfingerprint64({{ segmentation.joined_texts(columns) }}) as decimal(38, 0))
{%- endmacro %}

{% macro spark__content_hash(columns) -%}
    cast(xxhash64({{ segmentation.joined_texts(columns) }}) as decimal(20, 0))
{%- endmacro %}

{% macro bigquery__content_hash(columns) -%}
    cast(farm_fingerprint({{ segmentation.joined_texts(columns) }}) as numeric)
{%- endmacro %}

{# The values of a row as one text; nothing and an empty text are the same. #}
{% macro joined_texts(columns, relation='') -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {%- for column in columns -%}
        {%- set value = prefix ~ column.name -%}
        {%- set as_text = segmentation.boolean_text(value) if column.type.startswith('bool') else 'cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')' -%}
        coalesce(replace({{ as_text }}, '|', '||'), ''){{ " || '|,' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
