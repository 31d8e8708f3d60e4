{# One row for everybody who has a row in customer_profiles, and for nobody else. #}
{% test same_people_as_features(model) %}
select coalesce(people.customer_id, found.customer_id) as customer_id
from {{ ref('customer_profiles') }} as people
full outer join {{ model }} as found on people.customer_id = found.customer_id
where people.customer_id is null or found.customer_id is null
{% endtest %}
