{# How a row of the change log moves a membership: in by one, out by one. #}
{% macro change_sign() -%}
    case when change = 'entered' then 1 else -1 end
{%- endmacro %}
