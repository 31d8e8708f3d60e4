{# The percentile (0 to 1) of a group's values, between the two nearest ones where it falls between them;
   nulls do not count. `expression` has to be a number that the engine can interpolate. #}
{% macro percentile(share, expression) %}
    {{- return(adapter.dispatch('percentile', 'segmentation')(share, expression)) }}
{% endmacro %}

{% macro default__percentile(share, expression) -%}
    percentile_cont({{ share }}) within group (order by {{ expression }})
{%- endmacro %}

{# BigQuery has percentile_cont as a window function only, and approx_quantiles is approximate. #}
{% macro bigquery__percentile(share, expression) -%}
    {%- set position = "(" ~ share ~ " * (count(" ~ expression ~ ") - 1))" -%}
    {%- set sorted = "array_agg(" ~ expression ~ " ignore nulls order by " ~ expression ~ ")" -%}
    (
        {{ sorted }}[safe_offset(cast(floor({{ position }}) as int64))] * (1 - ({{ position }} - floor({{ position }})))
        + {{ sorted }}[safe_offset(cast(ceil({{ position }}) as int64))] * ({{ position }} - floor({{ position }}))
    )
{%- endmacro %}
