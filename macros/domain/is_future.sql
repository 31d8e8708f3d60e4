{# True where something happened more than a day after it was recorded: a wrong clock or a typing error.
   Where the source does not say when a row arrived, the moment of this build stands in. What lies after
   segmentation_as_of never counts in any case, so the moment of a build changes no feature. #}
{% macro is_future(happened_at) -%}
    {{ happened_at }} > {{ segmentation.add_to_time(
        "coalesce(loaded_at, cast('" ~ run_started_at.strftime('%Y-%m-%d %H:%M:%S') ~ "' as timestamp))", 1, 'day'
    ) }}
{%- endmacro %}
