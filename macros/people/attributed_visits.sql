{# Rows of a daily model of web events with the person they belong to, before the as-of day. The whole history
   of a visitor joins the person as soon as the visitor id is tied to one. A device of several people ties to
   nobody; there each login counts for itself. Days on which the visitor is a machine count for nobody.
   Markers of days have no visitor. The map of people is joined as it stands: engines keep a copy of a CTE with
   two readers in memory. #}
{% macro attributed_visits(model_name) -%}
    select
        coalesce(by_visitor.customer_id, by_record.customer_id) as customer_id,
        visits.*
    from {{ ref(model_name) }} as visits
    left join {{ ref('customer_identifiers') }} as by_visitor
        on by_visitor.identifier_type = 'anonymous_id' and visits.visitor_key = by_visitor.identifier_value
    left join {{ ref('customer_identifiers') }} as by_record
        on
            by_record.identifier_type = 'customer_id'
            and visits.source = by_record.source
            and visits.source_customer_id = by_record.identifier_value
    left join {{ ref('web_bot_days') }} as bot_days
        on
            visits.source = bot_days.source
            and visits.visitor_key = bot_days.visitor_key
            and visits.occurred_on = bot_days.occurred_on
    where
        visits.occurred_on < cast({{ segmentation.days_before_as_of(0) }} as date)
        and visits.visitor_key is not null
        and bot_days.visitor_key is null
        and coalesce(by_visitor.customer_id, by_record.customer_id) is not null
{%- endmacro %}
