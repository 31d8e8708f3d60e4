{# First day of the cohort period (month, ISO week or quarter) that a date falls into. #}
{% macro cohort_period_start(date_expression) -%}
    {{ segmentation.start_of(var('segmentation_cohort_period'), date_expression) }}
{%- endmacro %}

{# The first day some periods later. A quarter is three months: not every engine adds quarters. #}
{% macro add_cohort_periods(date_expression, amount) -%}
    {%- if var('segmentation_cohort_period') == 'quarter' -%}
        {{ segmentation.add_to_date(date_expression, '3 * (' ~ amount ~ ')', 'month') }}
    {%- else -%}
        {{ segmentation.add_to_date(date_expression, amount, var('segmentation_cohort_period')) }}
    {%- endif -%}
{%- endmacro %}
