{# Rows of a contract table from before the as-of day with the person they belong to, as customer_id: by the
   customer id of the source, else by the e-mail. Rows of nobody are left out. #}
{% macro rows_of_people(table, happened_at) -%}
    select
        coalesce(by_record.customer_id, by_email.customer_id) as customer_id,
        recorded.*
    from {{ ref(table) }} as recorded
    cross join {{ ref('as_of_day') }} as as_of
    left join {{ ref('customer_identifiers') }} as by_record
        on
            by_record.identifier_type = 'customer_id'
            and recorded.source = by_record.source
            and recorded.source_customer_id = by_record.identifier_value
    left join {{ ref('customer_identifiers') }} as by_email
        on
            by_email.identifier_type = 'email'
            and recorded.email = by_email.identifier_value
    where
        recorded.{{ happened_at }} < cast(as_of.as_of_on as timestamp)
        and coalesce(by_record.customer_id, by_email.customer_id) is not null
{%- endmacro %}
