{# Pre-hook of the screened models: where a source delivers text for a number, a time or a flag, every
   value has to be readable as one; where it delivers floating numbers, each has to be a number. Columns that nobody reads are told. #}
{% macro stop_on_wrong_types(table) %}
    {%- set unreadable = [] -%}
    {%- set with_words = [] -%}
    {%- for source in segmentation.sources_of(table) -%}
        {%- set relation = ref('stg_' ~ source ~ '__' ~ table) -%}
        {%- set found = segmentation.columns_found(relation) if execute else {} -%}
        {{- segmentation.tell_unknown_columns(table, source, found) -}}
        {%- for column in segmentation.contract_columns(table) if column.name in found and not column.is_text -%}
            {%- set delivered_type = found[column.name] -%}
            {%- set subject = 'stg_' ~ source ~ '__' ~ table ~ '.' ~ column.name ~ ' (' ~ column.type ~ ')' -%}
            {%- set is_wrong -%}
                {%- if column.is_number -%} {{ segmentation.is_no_number(column.name, column.type, delivered_type) }}
                {%- elif not segmentation.is_text_type(delivered_type) -%} false
                {%- elif column.type == 'timestamp' -%} not {{ segmentation.is_time_text(column.name) }}
                {%- else -%} not ({{ segmentation.is_castable(column.name, column.type) }})
                {%- endif -%}
            {%- endset -%}
            {%- if column.type == 'timestamp' and segmentation.is_text_type(delivered_type) -%}
                {%- set has_words = segmentation.is_time_with_words(column.name) -%}
                {%- do with_words.append(segmentation.first_fault(relation, subject, column.name, has_words)) -%}
                {%- set is_wrong = is_wrong ~ ' and not ' ~ has_words -%}
            {%- endif -%}
            {%- if is_wrong | trim != "false" -%}
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
        min(cast({{ column_name }} as {{ dbt.type_string() }})) as sample_value,
        count(*) as row_count
    from {{ relation }}
    where {{ column_name }} is not null and {{ condition }}
    having count(*) > 0
{%- endmacro %}

{% macro is_text_type(delivered_type) %}
    {{- return(delivered_type in ('text', 'string') or 'char' in delivered_type) }}
{% endmacro %}
