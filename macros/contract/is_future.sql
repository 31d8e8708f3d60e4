{# True where something happened more than a day after it was recorded: a wrong clock or a typing error.
   Where the source does not say when a row arrived, the moment of this build stands in. What lies after
   segmentation_as_of never counts in any case, so the moment of a build changes no feature
   of a past day. #}
{% macro is_future(happened_at) -%}
    {{ happened_at }} > {{ segmentation.add_to_time(
        "coalesce(case when not " ~ segmentation.is_implausible('loaded_at') ~ " then loaded_at end, " ~ segmentation.build_moment() ~ ")", 1, 'day'
    ) }}
{%- endmacro %}

{# When this run of dbt began, UTC. #}
{% macro build_moment() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
{%- endmacro %}

{# True for a time before the first day that a shop can have data of: a default of a system (1900-01-01,
   1970-01-01), or a year with two digits. #}
{% macro is_implausible(happened_at) -%}
    {{ happened_at }} < cast('{{ var("segmentation_earliest_day") }}' as timestamp)
{%- endmacro %}
