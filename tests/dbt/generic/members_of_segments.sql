{# Every member of an audience is a member of its segment: nobody who left is mailed on. #}
{% test members_of_segments(model) %}
select audiences.*
from {{ model }} as audiences
left join {{ ref('segment_members') }} as members
    on audiences.audience = members.segment and audiences.customer_id = members.customer_id
where members.customer_id is null
{% endtest %}
