{# Nobody is in two variants of a family whose meta says `exclusive: true`. #}
{% test exclusive_families(model) %}
select
    members.rule_name,
    members.customer_id
from {{ model }} as members
inner join {{ ref('segment_definitions') }} as definitions on members.rule_name = definitions.rule_name
where definitions.is_exclusive
group by members.rule_name, members.customer_id
having count(*) > 1
{% endtest %}
