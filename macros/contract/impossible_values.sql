{# True for a date of birth that is not before the day, or more than 120 years before it. #}
{% macro is_impossible_birth_date(birth_date, on_date) -%}
    ({{ birth_date }} >= {{ on_date }} or {{ segmentation.full_years_between(birth_date, on_date) }} > 120)
{%- endmacro %}

{# True where one of the coordinates is not on the globe. #}
{% macro is_impossible_place(latitude, longitude) -%}
    (abs({{ latitude }}) > 90 or abs({{ longitude }}) > 180)
{%- endmacro %}

{# True for a score that is not on the scale of its survey: 0 to 10 for nps, 1 to 5 for satisfaction. #}
{% macro is_impossible_score(survey, score) -%}
    ({{ survey }} = 'nps' and ({{ score }} < 0 or {{ score }} > 10)
    or {{ survey }} = 'satisfaction' and ({{ score }} < 1 or {{ score }} > 5))
{%- endmacro %}
