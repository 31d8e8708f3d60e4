{# Pre-hook: a status outside of its closed list would be counted wrongly whichever way it is taken. #}
{% macro stop_on_unknown_status(table, column, allowed) %}
    {%- set query -%}
        select
            {{ column }} as subject,
            min(source || ' ' || {{ segmentation.contract_key(table)[0] if execute else column }}) as sample_value,
            count(*) as row_count
        from {{ ref('screened_' ~ table) }}
        where set_aside_because is null and {{ column }} not in ({{ segmentation.quoted(allowed) }})
        group by {{ column }}
        order by {{ column }}
    {%- endset -%}
    {{ segmentation.stop_on(
        query,
        "unified_" ~ table ~ "." ~ column ~ ": '{subject}' is none of " ~ allowed | join(', ')
        ~ " ({rows}, for example {sample}). Map it to one of these in your stg_<source>__" ~ table ~ "."
    ) }}
{% endmacro %}
