{# CTEs that end with `final`: what is wrong with the events of each day. Single events by their key; what a
   source may get wrong for all of them (an event name, the clock, no visitor, decimals) once a day with their number. #}
{% macro event_findings(table, days) -%}
    {%- set key = segmentation.record_key(table) -%}
    {%- set text = dbt.type_string() -%}
    {#- What is counted by the word that was delivered. -#}
    {%- set word = 'event_type' if table == 'web_events' else "coalesce(bounce_type, 'none')" -%}
    {%- set unknown_word = 'unknown_event_type' if table == 'web_events' else 'unknown_bounce_type' -%}
    {%- set together = [unknown_word, 'event_of_nobody', 'clock_skew', 'too_many_decimals'] -%}
    {%- set nobody = 'anonymous_id is null and source_customer_id is null' if table == 'web_events' else 'email is null and source_customer_id is null' -%}
events as (
    select
        coalesce(cast(occurred_at as date), cast('{{ segmentation.unknown_day() }}' as date)) as occurred_on,
        cast(coalesce(loaded_at, occurred_at) as date) as first_seen_on,
        source,
        {{ key }} as record_key,
        occurred_at,
        {{ word }} as word,
        placeholder,
        case
            when set_aside_because is not null then set_aside_because
            {%- if table == 'email_events' %}
            when event_type = 'bounce' and coalesce(bounce_type, '') not in ('hard', 'soft') then 'unknown_bounce_type'
            {%- endif %}
            when {{ nobody }} then 'event_of_nobody'
            when occurred_at > {{ segmentation.add_to_time('loaded_at', 5, 'minute') }} then 'clock_skew'
            {% if table == 'web_events' -%}
            when {{ segmentation.has_too_many_decimals(table, 'event_value', 'event_value', 'currency') }} then 'too_many_decimals'
            {%- endif %}
        end as check_name
    from {{ ref('screened_' ~ table) }}
    where {{ segmentation.in_days('occurred_at', days) }}
),

single as (
    select
        occurred_on,
        check_name,
        source,
        record_key,
        case when check_name in ('implausible_date', 'future_date') then cast(occurred_at as {{ text }}) end as value,
        cast(1 as bigint) as rows_found,
        first_seen_on
    from events
    where check_name not in ({{ segmentation.quoted(together) }})
),

counted as (
    select
        occurred_on,
        check_name,
        source,
        case when check_name = '{{ unknown_word }}' then word else 'all' end as record_key,
        'for example ' || min(record_key) as value,
        cast(count(*) as bigint) as rows_found,
        min(first_seen_on) as first_seen_on
    from events
    where check_name in ({{ segmentation.quoted(together) }})
    group by occurred_on, check_name, source, case when check_name = '{{ unknown_word }}' then word else 'all' end
),

-- An event may have one of these beside another finding.
placeholders as (
    select
        occurred_on,
        'placeholder_id' as check_name,
        source,
        placeholder as record_key,
        cast(null as {{ text }}) as value,
        cast(count(*) as bigint) as rows_found,
        min(first_seen_on) as first_seen_on
    from events
    where placeholder is not null
    group by occurred_on, source, placeholder
),

findings as (
    select * from single
    union all
    select * from counted
    union all
    select * from placeholders
),

{{ segmentation.with_day_markers(table, days, 'findings', [
    'check_name', 'source', 'record_key', 'value', 'rows_found', 'first_seen_on'
]) }}
{%- endmacro %}
