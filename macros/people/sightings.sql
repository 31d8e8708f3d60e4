{# Which identifiers a contract table saw together, and when first. A record without a time was known
   before any data. `registered`: the table is that of the accounts themselves, and the time their age. #}
{% macro sightings(table, seen_at, registered=false) -%}
    {%- set has = segmentation.contract_node(table | replace('unified_', '')).columns if execute else {} -%}
    {%- set missing = "cast(null as " ~ dbt.type_string() ~ ")" -%}
    {%- set happened_at = "coalesce(" ~ seen_at ~ ", cast('1970-01-01' as timestamp))" -%}
    select
        source,
        source_customer_id,
        {{ 'email' if 'email' in has else missing }} as email,
        {{ 'anonymous_id' if 'anonymous_id' in has else missing }} as anonymous_id,
        {{ happened_at }} as seen_at,
        {{ happened_at if registered else 'cast(null as timestamp)' }} as registered_at
    from {{ ref(table) }}
{%- endmacro %}
