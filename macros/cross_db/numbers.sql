{# The integers 0 to 9999 as a subquery with the column `n`; no engine needs a series function for it. #}
{% macro numbers() -%}
    (
        select ones.d + 10 * tens.d + 100 * hundreds.d + 1000 * thousands.d as n
        from {{ segmentation.digits() }} as ones
        cross join {{ segmentation.digits() }} as tens
        cross join {{ segmentation.digits() }} as hundreds
        cross join {{ segmentation.digits() }} as thousands
    )
{%- endmacro %}

{% macro digits() -%}
    (select 0 as d{% for digit in range(1, 10) %} union all select {{ digit }}{% endfor %})
{%- endmacro %}
