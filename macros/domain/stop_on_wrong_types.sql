{# Pre-hook of the screened models: where a source delivers text for a number, a time or a flag, every
   value has to be readable as one. #}
{% macro stop_on_wrong_types(table) %}
    {%- set checks = [] -%}
    {%- for source in segmentation.sources_of(table) -%}
        {%- set relation = ref('stg_' ~ source ~ '__' ~ table) -%}
        {%- set found = segmentation.columns_found(relation) if execute else {} -%}
        {%- for column in segmentation.contract_columns(table) if not column.is_text -%}
            {%- if found.get(column.name, '') in ('text', 'string') or 'char' in found.get(column.name, '') -%}
                {%- set query -%}
                    select
                        'stg_{{ source }}__{{ table }}.{{ column.name }} ({{ column.type }})' as subject,
                        min({{ column.name }}) as sample_value,
                        count(*) as row_count
                    from {{ relation }}
                    where {{ column.name }} is not null and not ({{ segmentation.is_castable(column.name, column.type) }})
                    having count(*) > 0
                {%- endset -%}
                {%- do checks.append(query) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if checks -%}
        {{ segmentation.stop_on(
            checks | join('\nunion all\n'),
            "{subject} has {rows} that cannot be read as that type, for example '{sample}'. Correct or cast the column in the source."
        ) }}
    {%- endif -%}
{% endmacro %}
