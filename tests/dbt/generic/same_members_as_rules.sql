{# The members that the change log arrives at are those that the rules found. #}
{% test same_members_as_rules(model) %}
with rules as (
    select
        segment,
        customer_id
    from {{ ref('segment_current') }}
)

select
    rules.segment as segment_of_rule,
    members.segment as segment_of_log,
    coalesce(rules.customer_id, members.customer_id) as customer_id
from rules
full outer join {{ model }} as members
    on rules.segment = members.segment and rules.customer_id = members.customer_id
where rules.segment is null or members.segment is null
{% endtest %}
