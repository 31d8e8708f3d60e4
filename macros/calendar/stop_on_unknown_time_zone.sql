{# Pre-hook: a zone that warehouses do not know would stop the build in the middle, or pass for UTC. #}
{% macro stop_on_unknown_time_zone() %}
    {%- set wanted = var('segmentation_time_zone') -%}
    {%- set query -%}
        select
            '{{ wanted }}' as subject,
            min(time_zone) as sample_value,
            count(*) as row_count
        from {{ ref('time_zones') }}
        having sum(case when time_zone = '{{ wanted }}' then 1 else 0 end) = 0
    {%- endset -%}
    {{ segmentation.stop_on(
        query,
        "segmentation_time_zone: '{subject}' is no time zone of the seed time_zones (IANA names, written as there, for example '{sample}')."
    ) }}
{% endmacro %}
