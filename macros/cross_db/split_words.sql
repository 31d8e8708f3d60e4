{# A select with one row per word of a text: the key columns, word (lower case) and word_number (from 1).
   Punctuation separates words, apostrophes are dropped (don't is dont). Regular expressions would be
   shorter, but letters beyond a to z are letters on some engines only. #}
{% macro split_words(relation, key, text) %}
    {%- set columns = key | join(', ') -%}
    select
        {{ columns }},
        word,
        cast(row_number() over (partition by {{ columns }} order by part_number) as integer) as word_number
    from (
        {{ adapter.dispatch('split_parts', 'segmentation')(relation, columns, segmentation.plain_text(text)) }}
    ) as split_texts
    where word != ''
{%- endmacro %}

{# Lower case without punctuation or line breaks. Capitals beyond A to Z are not lowered by every engine. #}
{% macro plain_text(expression) -%}
    {%- set marks = '.,;:!?()[]{}/_*<>|=+&%$#@~^"-–—…„“”«»' -%}
    {%- set lines = "replace(replace(replace(" ~ expression ~ ", chr(10), ' '), chr(13), ' '), chr(9), ' ')" -%}
    {%- set letters = "replace(replace(lower(" ~ lines ~ "), chr(39), ''), '’', '')" -%}
    translate({{ letters }}, 'ÄÖÜÉÈÀÇ{{ marks }}', 'äöüéèàç{{ ' ' * (marks | length) }}')
{%- endmacro %}

{% macro default__split_parts(relation, columns, text) -%}
    select
        {{ columns }},
        unnest(parts) as word,
        unnest(range(1, len(parts) + 1)) as part_number
    from (
        select
            {{ columns }},
            string_split({{ text }}, ' ') as parts
        from {{ relation }}
    ) as arrays
{%- endmacro %}

{% macro postgres__split_parts(relation, columns, text) -%}
    select
        {{ columns }},
        parts.word,
        parts.part_number
    from {{ relation }}
    cross join lateral unnest(string_to_array({{ text }}, ' ')) with ordinality as parts (word, part_number)
{%- endmacro %}

{% macro redshift__split_parts(relation, columns, text) -%}
    select
        {{ columns }},
        cast(part as varchar) as word,
        part_number
    from (
        select
            {{ columns }},
            split_to_array({{ text }}, ' ') as parts
        from {{ relation }}
    ) as arrays, arrays.parts as part at part_number
{%- endmacro %}

{% macro spark__split_parts(relation, columns, text) -%}
    select
        {{ columns }},
        parts.word,
        parts.part_number
    from {{ relation }}
    lateral view posexplode(split({{ text }}, ' ')) parts as part_number, word
{%- endmacro %}

{% macro snowflake__split_parts(relation, columns, text) -%}
    select
        {{ columns }},
        cast(parts.value as varchar) as word,
        parts.index as part_number
    from {{ relation }}, lateral flatten(input => split({{ text }}, ' ')) as parts
{%- endmacro %}

{% macro bigquery__split_parts(relation, columns, text) -%}
    select
        {{ columns }},
        word,
        part_number
    from {{ relation }}
    cross join unnest(split({{ text }}, ' ')) as word with offset as part_number
{%- endmacro %}
