{# Pre-hook: a map that the seed does not have would put every customer into Others. #}
{% macro stop_on_unknown_map() %}
    {%- set wanted = var('segmentation_rfm_map') -%}
    {%- set query -%}
        select
            '{{ wanted }}' as subject,
            min(map_name) as sample_value,
            count(*) as row_count
        from {{ ref('rfm_segment_map') }}
        having sum(case when map_name = '{{ wanted }}' then 1 else 0 end) = 0
    {%- endset -%}
    {{ segmentation.stop_on(
        query,
        "segmentation_rfm_map: the seed rfm_segment_map has no map '{subject}', but for example '{sample}'. Name one that it has, or add yours."
    ) }}
{% endmacro %}
