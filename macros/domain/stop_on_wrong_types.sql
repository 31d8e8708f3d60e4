{# Pre-hook of the screened models: where a source delivers text for a number, a time or a flag, every
   value has to be readable as one. #}
{% macro stop_on_wrong_types(table) %}
    {%- set unreadable = [] -%}
    {%- set with_words = [] -%}
    {%- for source in segmentation.sources_of(table) -%}
        {%- set relation = ref('stg_' ~ source ~ '__' ~ table) -%}
        {%- set found = segmentation.columns_found(relation) if execute else {} -%}
        {%- for column in segmentation.contract_columns(table) if not column.is_text -%}
            {%- if segmentation.is_text_type(found.get(column.name, '')) -%}
                {%- set subject = 'stg_' ~ source ~ '__' ~ table ~ '.' ~ column.name ~ ' (' ~ column.type ~ ')' -%}
                {%- set is_readable = segmentation.is_time_text(column.name) if column.type == 'timestamp'
                    else segmentation.is_castable(column.name, column.type) -%}
                {%- set is_wrong = column.name ~ ' is not null and not (' ~ is_readable ~ ')' -%}
                {%- if column.type == 'timestamp' -%}
                    {%- set has_words = segmentation.is_time_with_words(column.name) -%}
                    {%- do with_words.append(segmentation.first_fault(relation, subject, column.name, has_words)) -%}
                    {%- set is_wrong = is_wrong ~ ' and not ' ~ has_words -%}
                {%- endif -%}
                {%- do unreadable.append(segmentation.first_fault(relation, subject, column.name, is_wrong)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if with_words -%}
        {{ segmentation.stop_on(
            with_words | join('\nunion all\n'),
            "{subject} has {rows} with words after the time, for example '{sample}'. The name of a time zone cannot be converted, "
            ~ "and would be read over: deliver UTC, or an offset such as +02:00 (Z, UTC and GMT are read too)."
        ) }}
    {%- endif -%}
    {%- if unreadable -%}
        {{ segmentation.stop_on(
            unreadable | join('\nunion all\n'),
            "{subject} has {rows} that cannot be read as that type, for example '{sample}'. Correct or cast the column in the source."
        ) }}
    {%- endif -%}
{% endmacro %}

{% macro first_fault(relation, subject, column_name, condition) -%}
    select
        '{{ subject }}' as subject,
        min({{ column_name }}) as sample_value,
        count(*) as row_count
    from {{ relation }}
    where {{ condition }}
    having count(*) > 0
{%- endmacro %}

{% macro is_text_type(delivered_type) %}
    {{- return(delivered_type in ('text', 'string') or 'char' in delivered_type) }}
{% endmacro %}
