{# The closed lists of the contract. #}
{% macro order_statuses() %}
    {{- return(['pending', 'completed', 'partially_refunded', 'refunded', 'cancelled']) }}
{% endmacro %}

{% macro web_event_types() %}
    {{- return([
        'page_view', 'product_view', 'category_view', 'content_view', 'search', 'add_to_cart',
        'remove_from_cart', 'begin_checkout', 'purchase', 'form_submit', 'download',
    ]) }}
{% endmacro %}

{% macro email_event_types() %}
    {{- return([
        'sent', 'delivered', 'open', 'machine_open', 'click', 'machine_click', 'bounce', 'unsubscribe', 'complaint',
    ]) }}
{% endmacro %}

{# Texts as a comma-separated list of SQL literals. #}
{% macro quoted(values) -%}
    {%- for value in values -%}'{{ value }}'{{ ', ' if not loop.last }}{%- endfor -%}
{%- endmacro %}
