{# Both ends of a link belong to one person. Fails when a chain of merges is longer than
   segmentation_identity_rounds: raise that var. #}
{% test identity_reaches_every_link(model) %}
with edges as (
    select * from {{ ref('identity_edges') }}
    where identifier_node is not null and cut_because is null
)

select edges.*
from edges
left join {{ model }} as records
    on
        edges.record_type = records.identifier_type
        and edges.record_value = records.identifier_value
        and coalesce(edges.record_source, '') = coalesce(records.source, '')
left join {{ model }} as identifiers
    on
        edges.identifier_type = identifiers.identifier_type
        and edges.identifier_value = identifiers.identifier_value
where records.customer_id is null or records.customer_id != identifiers.customer_id or identifiers.customer_id is null
{% endtest %}
