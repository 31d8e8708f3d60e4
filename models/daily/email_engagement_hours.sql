{{ config(
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('occurred_on'),
    **segmentation.clustered_by_day('occurred_on')
) }}

{% set days = segmentation.stale_days('email_events') %}

-- What a person does; the opens of mail privacy proxies say nothing about anybody.
with engaged as (
    select
        cast(occurred_at as date) as occurred_on,
        source,
        email,
        case when email is null then source_customer_id end as source_customer_id,
        {{ dbt.date_trunc('hour', 'occurred_at') }} as hour_started_at,
        case when event_type = 'click' then link_category end as link_category,
        cast(sum(case when event_type = 'open' then 1 else 0 end) as bigint) as opens,
        cast(sum(case when event_type = 'click' then 1 else 0 end) as bigint) as clicks
    from {{ ref('unified_email_events') }}
    where
        event_type in ('open', 'click')
        and coalesce(email, source_customer_id) is not null
        and {{ segmentation.in_days('occurred_at', days) }}
    group by
        cast(occurred_at as date), source, email, case when email is null then source_customer_id end,
        {{ dbt.date_trunc('hour', 'occurred_at') }}, case when event_type = 'click' then link_category end
),

{{ segmentation.with_day_markers('email_events', days, 'engaged', [
    'source', 'email', 'source_customer_id', 'hour_started_at', 'link_category', 'opens', 'clicks'
]) }}

select * from final
