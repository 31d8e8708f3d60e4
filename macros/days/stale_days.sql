{# Days of an event table that differ from what the incremental model (this) has of them, as a list of
   YYYY-MM-DD; none when the model is built from nothing. A day differs when `delivered_days` says another
   state of it than the marker row that the model wrote with the day: rows were added, replaced or taken
   away, early or late. So a run costs the days that changed, and ends where a rebuild would. #}
{% macro stale_days(table) %}
    {%- set delivered = ref('delivered_days') -%}
    {%- if not execute or not is_incremental() -%}{{- return(none) }}{%- endif -%}
    {%- set query -%}
        select cast(delivered.occurred_on as {{ dbt.type_string() }}) as occurred_on
        from {{ delivered }} as delivered
        left join (select occurred_on, day_state from {{ this }} where day_state is not null) as kept
            on delivered.occurred_on = kept.occurred_on
        where
            delivered.table_name = '{{ table }}'
            and (kept.day_state is null or delivered.day_state != kept.day_state)
        order by delivered.occurred_on
    {%- endset -%}
    {{- return(run_query(query).columns[0].values() | list) }}
{% endmacro %}

{# Condition that a time is on one of the days, with constant bounds, so that engines skip what they do not
   need. `days` as stale_days gives it; rows without a time are on the day unknown_day. #}
{% macro in_days(column, days) -%}
    {%- if days is none -%} true
    {%- elif not days -%} false
    {%- else -%}
        (
            {{ column }} >= cast('{{ days[0] }}' as timestamp)
            and {{ column }} < {{ segmentation.add_to_time("cast('" ~ days[-1] ~ "' as timestamp)", 1, 'day') }}
            and cast({{ column }} as date) in ({% for day in days %}cast('{{ day }}' as date){{ ', ' if not loop.last }}{% endfor %})
            {{ 'or ' ~ column ~ ' is null' if segmentation.unknown_day() in days }}
        )
    {%- endif -%}
{%- endmacro %}

{# The day of events without a time. #}
{% macro unknown_day() %}{{ return('1900-01-01') }}{% endmacro %}
