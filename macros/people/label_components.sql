{# CTEs that give each node of `core_edges` (node, neighbour; both directions and each node with itself) the
   smallest node of its component as label, in the CTE `core_labels`. Every round carries labels one step
   further, so chains up to segmentation_identity_rounds long are joined; the test
   identity_reaches_every_link fails if one is longer. Rounds are unrolled because not every engine's
   recursive queries stop at a fixed point. #}
{% macro label_components(rounds) -%}
labels_0 as (
    select distinct
        node,
        node as label
    from core_edges
),
{% for round in range(1, rounds + 1) %}
labels_{{ round }} as (
    select
        core_edges.node,
        min(labels_{{ round - 1 }}.label) as label
    from core_edges
    inner join labels_{{ round - 1 }} on core_edges.neighbour = labels_{{ round - 1 }}.node
    group by core_edges.node
),
{% endfor %}
core_labels as (
    select * from labels_{{ rounds }}
)
{%- endmacro %}
