{# Tables of the input contract; the model of each is unified_<table>. #}
{% macro contract_tables() %}
    {{- return([
        'orders', 'order_lines', 'products', 'customers', 'web_events', 'email_events',
        'campaigns', 'consents', 'preferences', 'survey_responses', 'campaign_costs',
        'support_tickets', 'external_scores',
    ]) }}
{% endmacro %}
