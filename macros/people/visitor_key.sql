{# Who a web event is from: the visitor id, else the customer who was logged in; null for neither. #}
{% macro visitor_key() -%}
    coalesce(anonymous_id, 'customer:' || source_customer_id)
{%- endmacro %}
