{# True where a consent was given after a refusal, so that it permits again. A refusal closes what was given up to
   its moment; one that has a day and no time (midnight) closes everything given on that day. A consent that
   has only a day may have been given before any refusal of that day, so it does not outlive one: where
   the order is not known, nobody is mailed. #}
{% macro outlives_refusal(granted_at, refusals) -%}
    ({{ granted_at }} > {{ refusals }}.refused_at and {{ granted_at }} >= {{ refusals }}.grants_count_from)
{%- endmacro %}

{# The first moment at which a consent may count again after a refusal. #}
{% macro grants_count_from(refused_at) -%}
    case
        when {{ refused_at }} = cast(cast({{ refused_at }} as date) as timestamp)
            then {{ segmentation.add_to_time(refused_at, 1, 'day') }}
        else {{ refused_at }}
    end
{%- endmacro %}

{# The time of a refusal when nobody knows it: no consent outlives it. #}
{% macro at_any_time() -%}
    cast('9999-01-01' as timestamp)
{%- endmacro %}
