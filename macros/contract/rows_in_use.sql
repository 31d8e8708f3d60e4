{# Rows of a seed that says what only a shop itself can know (rates, stores, experiments). It is shipped empty.
   While it is, and the demo shop is the only source, the demo's rows stand in: invented for nobody else. #}
{% macro rows_in_use(seed) -%}
    select * from {{ ref(seed) }}
    {%- if var('segmentation_sources') | list == ['demo'] %}
    union all
    select * from {{ ref('demo_' ~ seed) }}
    where not exists (select 1 from {{ ref(seed) }})
    {%- endif %}
{%- endmacro %}
