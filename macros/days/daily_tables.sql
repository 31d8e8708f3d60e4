{# Tables of the contract that are large and only grow: what is computed from them is kept by day. #}
{% macro daily_tables() %}
    {{- return(['web_events', 'email_events']) }}
{% endmacro %}
