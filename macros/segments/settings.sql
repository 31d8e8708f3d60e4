{# One row with a column for each named threshold of a rules seed (columns threshold, setting). #}
{% macro settings(seed_name, names, condition='true') -%}
    select
        {%- for name in names %}
        max(case when threshold = '{{ name }}' then setting end) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ segmentation.segment_thresholds() if seed_name == 'segment_thresholds' else ref(seed_name) }}
    where {{ condition }}
{%- endmacro %}

{# The seed segment_thresholds, with the numbers of the var segmentation_thresholds in the place of its own. A unit test
   brings thresholds that fit its rows. #}
{% macro segment_thresholds() -%}
    {%- set seed = ref('segment_thresholds') -%}
    {%- set overrides = var('segmentation_thresholds') -%}
    {#- Of a var in another shape, check_vars says what is wrong. -#}
    {%- if not overrides or model.resource_type == 'unit_test' or segmentation.threshold_var_faults() -%}
    {{ seed }}
    {%- else -%}
    (
        select
            segment,
            threshold,
            case
                {%- for segment, numbers in overrides.items() %}
                {%- for threshold, number in numbers.items() %}
                when segment = '{{ segment }}' and threshold = '{{ threshold }}' then cast({{ number }} as numeric(18, 4))
                {%- endfor %}
                {%- endfor %}
                else setting
            end as setting,
            unit
        from {{ seed }}
    ) as segment_thresholds
    {%- endif -%}
{%- endmacro %}
