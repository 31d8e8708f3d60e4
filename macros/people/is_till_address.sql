{# True where an address begins with a word for a till or a store: store@, kasse-3@, pos_berlin@. #}
{% macro is_till_address(expression) -%}
    regexp_replace({{ dbt.split_part(expression, "'@'", 1) }}, '[^a-z].*$', '')
        in ({{ segmentation.quoted(var('segmentation_till_mailboxes')) }})
{%- endmacro %}
