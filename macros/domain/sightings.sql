{# Which identifiers a contract table saw together, and when first. A record without a time was known
   before any data. #}
{% macro sightings(table, seen_at, condition='true') -%}
    {%- set has = segmentation.contract_node(table | replace('unified_', '')).columns if execute else {} -%}
    {%- set missing = "cast(null as " ~ dbt.type_string() ~ ")" -%}
    select
        source,
        source_customer_id,
        {{ 'email' if 'email' in has else missing }} as email,
        {{ 'anonymous_id' if 'anonymous_id' in has else missing }} as anonymous_id,
        coalesce({{ seen_at }}, cast('1970-01-01' as timestamp)) as seen_at
    from {{ ref(table) }}
    where {{ condition }}
{%- endmacro %}
