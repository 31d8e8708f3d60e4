{{ config(
    materialized='incremental',
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('table_name', day='occurred_on'),
    unique_key='table_name',
    on_schema_change='fail',
    pre_hook=[
        "{{ segmentation.stop_on_wrong_types('web_events') }}",
        "{{ segmentation.stop_on_wrong_types('email_events') }}",
    ],
) }}

{#- Raise this number when a daily model writes something else than before: all days are then made anew. -#}
{% set logic_version = 4 %}

{% set text = dbt.type_string() %}
{#- What holds for all days: how they are made, from what, in which currency. -#}
{% set settings_state = [
    logic_version, segmentation.sources_of('web_events') | join('+'), segmentation.sources_of('email_events') | join('+'),
    var('segmentation_currency'),
] | join(' ') %}

with words as (
    select
        coalesce(sum({{ segmentation.hash_bucket("column_name || word || meaning || coalesce(bounce_type, '')", 1000000) }}), 0)
            as words_state
    from {{ ref('email_event_words') }}
),

rates as (
    select
        cast(count(*) as {{ text }}) || ' ' || cast(sum(exchange_rate) as {{ text }})
        || ' ' || cast(max(valid_from) as {{ text }}) as rates_state
    from {{ ref('exchange_rate_periods') }}
),

{% for table in segmentation.daily_tables() %}
{{ table }} as (
    select
        '{{ table }}' as table_name,
        coalesce(cast(occurred_at as date), cast('{{ segmentation.unknown_day() }}' as date)) as occurred_on,
        count(*) as delivered_rows,
        count(loaded_at) as dated_rows,
        max(loaded_at) as last_loaded_at,
        cast(sum(content) as {{ text }}) as content_state
    from ({{ segmentation.combine_sources(table, with_content=true) }}) as combined
    group by coalesce(cast(occurred_at as date), cast('{{ segmentation.unknown_day() }}' as date))
),

{% endfor %}
delivered as (
    {% for table in segmentation.daily_tables() %}
    select * from {{ table }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

{% if is_incremental() %}

-- A day that is not delivered any more stays here with no rows, so that the daily models empty it too.
known as (
    select * from delivered

    union all

    select
        earlier.table_name,
        earlier.occurred_on,
        0 as delivered_rows,
        0 as dated_rows,
        cast(null as timestamp) as last_loaded_at,
        cast(null as {{ text }}) as content_state
    from {{ this }} as earlier
    left join delivered
        on earlier.table_name = delivered.table_name and earlier.occurred_on = delivered.occurred_on
    where delivered.table_name is null
),

{% else %}

known as (
    select * from delivered
),

{% endif %}

final as (
    select
        known.table_name,
        known.occurred_on,
        cast(known.delivered_rows as bigint) as delivered_rows,
        cast(known.dated_rows as bigint) as dated_rows,
        known.last_loaded_at,
        '{{ settings_state }} ' || rates.rates_state
        || case when known.table_name = 'email_events' then ' ' || cast(words.words_state as {{ text }}) else '' end
        || ' ' || cast(known.delivered_rows as {{ text }})
        || ' ' || cast(known.dated_rows as {{ text }})
        || coalesce(' ' || cast(known.last_loaded_at as {{ text }}), '')
        -- One row in the place of another, or with another content, as its source has it.
        || coalesce(' ' || known.content_state, '')
        -- Whether a row that does not say when it arrived lies in the future depends on the day one asks.
        || case
            when known.occurred_on >= cast('{{ run_started_at.strftime("%Y-%m-%d") }}' as date)
                then ' asked on {{ run_started_at.strftime("%Y-%m-%d") }}'
            else ''
        end as day_state
    from known
    cross join rates
    cross join words
)

select * from final
