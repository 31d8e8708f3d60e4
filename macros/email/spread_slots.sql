{# A select of mails per slot (hour, weekday) smoothed over neighbouring hours, around the clock: columns
   `key`, slot_type, slot, weighted_mails, weighted_engaged. `weights` are those of the hour itself and of the hours
   1, 2, ... away; weekdays are not smoothed and have the sum of all. Whole numbers, so that engines agree. #}
{% macro spread_slots(relation, key, weights) -%}
    {%- set columns = (key + ['slot_type']) | join(', ') -%}
    {%- set slot = 'mod(slot + distance + 24, 24)' -%}
    select
        {{ columns }},
        slot,
        cast(sum(mails) * {{ segmentation.kernel_sum(weights) }} as bigint) as weighted_mails,
        cast(sum(engaged_mails) * {{ segmentation.kernel_sum(weights) }} as bigint) as weighted_engaged
    from {{ relation }}
    where slot_type = 'weekday'
    group by {{ columns }}, slot

    union all

    select
        {{ columns }},
        cast({{ slot }} as integer) as slot,
        cast(sum(mails * weight) as bigint) as weighted_mails,
        cast(sum(engaged_mails * weight) as bigint) as weighted_engaged
    from {{ relation }}
    cross join (
        {%- for distance in range(1 - weights | length, weights | length) %}
        select {{ distance }} as distance, {{ weights[distance | abs] }} as weight
        {{- ' union all' if not loop.last }}
        {%- endfor %}
    ) as lent
    where slot_type = 'hour'
    group by {{ columns }}, {{ slot }}
{%- endmacro %}

{# Sum of the weights of an hour and its neighbours on both sides. #}
{% macro kernel_sum(weights) %}{{ return(2 * weights | sum - weights[0]) }}{% endmacro %}
