{# What a person is called after an identifier: `<source>:<customer id>`, or `email:<md5>` of a guest's address. #}
{% macro customer_name(identifier_type, source, identifier_value) -%}
    case
        when {{ identifier_type }} = 'customer_id' then {{ source }} || ':' || {{ identifier_value }}
        else 'email:' || {{ dbt.hash(identifier_value) }}
    end
{%- endmacro %}
