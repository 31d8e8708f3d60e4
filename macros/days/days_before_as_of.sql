{# The midnight some days before the as-of day: as a constant where the day is known, so that engines skip the
   files and partitions before it; as a subquery where SQL is only compiled or tested. #}
{% macro days_before_as_of(days) -%}
    {%- set as_of_day = ref('as_of_day') -%}
    {%- if execute and model.resource_type != 'unit_test' and load_relation(as_of_day) is not none -%}
        {%- set found = run_query('select ' ~ segmentation.add_to_date('as_of_on', -days) ~ ' as since_on from ' ~ as_of_day) -%}
        cast('{{ found.columns[0].values()[0] }}' as timestamp)
    {%- else -%}
        (select cast({{ segmentation.add_to_date('as_of_on', -days) }} as timestamp) from {{ as_of_day }})
    {%- endif -%}
{%- endmacro %}
