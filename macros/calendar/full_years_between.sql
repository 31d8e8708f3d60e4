{# Completed years between two dates: an age. Someone born on 29 February ages on 1 March. #}
{% macro full_years_between(start_date, end_date) -%}
    cast(
        extract(year from {{ end_date }}) - extract(year from {{ start_date }})
        - case
            when extract(month from {{ end_date }}) * 100 + extract(day from {{ end_date }})
                < extract(month from {{ start_date }}) * 100 + extract(day from {{ start_date }})
                then 1
            else 0
        end as integer
    )
{%- endmacro %}
