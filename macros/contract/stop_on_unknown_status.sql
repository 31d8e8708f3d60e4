{# Post-hook: a status outside of its closed list would be counted wrongly whichever way it is taken. The
   new table is rolled back, and nothing that depends on it is built. #}
{% macro stop_on_unknown_status(relation, column, allowed) %}
    {%- set query -%}
        select
            {{ column }} as subject,
            min(source || ' ' || order_id) as sample_value,
            count(*) as row_count
        from {{ relation }}
        where {{ column }} not in ({{ segmentation.quoted(allowed) }})
        group by {{ column }}
        order by {{ column }}
    {%- endset -%}
    {{ segmentation.stop_on(
        query,
        "unified_orders." ~ column ~ ": '{subject}' is none of " ~ allowed | join(', ')
        ~ " ({rows}, for example order {sample}). Map it to one of these in your stg_<source>__orders."
    ) }}
{% endmacro %}
