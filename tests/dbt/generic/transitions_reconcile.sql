{# The flows into a segment until the as-of day, those who stayed included, are its members. #}
{% test transitions_reconcile(model) %}
with arrived as (
    select
        to_segment as segment,
        sum(customers) as customers
    from {{ model }}
    where to_segment is not null and period_end = (select as_of_on from {{ ref('as_of_day') }})
    group by to_segment
)

select
    segments.segment,
    segments.members,
    arrived.customers
from {{ ref('segments') }} as segments
left join arrived on segments.segment = arrived.segment
where
    segments.is_exclusive
    and segments.members != coalesce(arrived.customers, 0)
    and exists (select 1 from {{ model }} as flows where flows.period_end = segments.as_of_on and flows.family = segments.family)
{% endtest %}
