{# The day some years after a date. 29 February is kept on 1 March in years that have none, as
   full_years_between counts it. #}
{% macro anniversary(date_expression, years) -%}
    {%- set same_day = segmentation.add_to_date(date_expression, years, 'year') -%}
    case
        when extract(day from {{ date_expression }}) = 29 and extract(day from {{ same_day }}) = 28
            then {{ segmentation.add_to_date(same_day, 1) }}
        else {{ same_day }}
    end
{%- endmacro %}
