{# Rows of a daily model of e-mail events with the person they belong to, before the as-of day. Markers of days
   have no address. #}
{% macro attributed_mails(model_name) -%}
    select
        coalesce(by_email.customer_id, by_record.customer_id) as customer_id,
        mails.*
    from {{ ref(model_name) }} as mails
    left join {{ ref('customer_identifiers') }} as by_email
        on by_email.identifier_type = 'email' and mails.email = by_email.identifier_value
    left join {{ ref('customer_identifiers') }} as by_record
        on
            by_record.identifier_type = 'customer_id'
            and mails.source = by_record.source
            and mails.source_customer_id = by_record.identifier_value
    where
        mails.occurred_on < cast({{ segmentation.days_before_as_of(0) }} as date)
        and coalesce(by_email.customer_id, by_record.customer_id) is not null
{%- endmacro %}
