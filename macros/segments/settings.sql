{# One row with a column for each named threshold of a rules seed (columns threshold, setting). #}
{% macro settings(seed_name, names, condition='true') -%}
    select
        {%- for name in names %}
        max(case when threshold = '{{ name }}' then setting end) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(seed_name) }}
    where {{ condition }}
{%- endmacro %}
