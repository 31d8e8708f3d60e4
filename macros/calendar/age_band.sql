{# The age bands that audience tools and surveys commonly use. #}
{% macro age_band(age_years) -%}
    case
        when {{ age_years }} < 18 then 'under 18'
        when {{ age_years }} < 25 then '18-24'
        when {{ age_years }} < 35 then '25-34'
        when {{ age_years }} < 45 then '35-44'
        when {{ age_years }} < 55 then '45-54'
        when {{ age_years }} < 65 then '55-64'
        when {{ age_years }} >= 65 then '65+'
    end
{%- endmacro %}
