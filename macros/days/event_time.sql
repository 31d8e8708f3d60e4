{# The time column of a contract table that is kept by day (web and e-mail events); none for the others. #}
{% macro event_time(table) %}
    {{- return(segmentation.contract_node(table).config.meta.get('event_time') if execute else none) }}
{% endmacro %}

{# The day that an event belongs to, UTC. #}
{% macro event_day(table, relation='') -%}
    cast({{ relation ~ '.' if relation else '' }}{{ segmentation.event_time(table) }} as date)
{%- endmacro %}
