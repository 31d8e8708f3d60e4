{# Tables of the input contract; the model of each is unified_<table>. #}
{% macro contract_tables() %}
    {{- return([
        'orders', 'order_lines', 'refunds', 'products', 'customers', 'web_events', 'email_events',
        'campaigns', 'consents', 'preferences', 'survey_responses', 'campaign_costs',
        'support_tickets', 'external_scores',
    ]) }}
{% endmacro %}

{# Of these, the tables that a source may lack altogether, with the sources of this package that always have
   a model for them. A source in a list delivers the others only; to read one of these, name it in a mapping. #}
{% macro optional_tables() %}{{ return({'refunds': ['files']}) }}{% endmacro %}
