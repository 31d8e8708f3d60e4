{# Stops the build with a sentence for each row of a query (columns: subject, sample, row_count).
   Used in hooks: the model fails, and nothing that depends on it is changed. #}
{% macro stop_on(query, sentence) %}
    {%- if execute -%}
        {%- set faults = [] -%}
        {%- for row in run_query(query) -%}
            {%- do faults.append(
                sentence | replace('{subject}', row[0] | string) | replace('{sample}', row[1] | string)
                | replace('{rows}', row[2] ~ (' row' if row[2] == 1 else ' rows'))
            ) -%}
        {%- endfor -%}
        {%- if faults -%}{{ exceptions.raise_compiler_error(faults | join('\n  ')) }}{%- endif -%}
    {%- endif -%}
{% endmacro %}
