{{ config(
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('occurred_on'),
    **segmentation.clustered_by_day('occurred_on')
) }}

{% set days = segmentation.stale_days('web_events') %}

with touches as (
    select
        cast(occurred_at as date) as occurred_on,
        source,
        {{ segmentation.visitor_key() }} as visitor_key,
        source_customer_id,
        event_id,
        occurred_at,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign
    from {{ ref('unified_web_events') }}
    where
        coalesce(referrer, utm_source, utm_medium, utm_campaign) is not null
        and {{ segmentation.visitor_key() }} is not null
        and {{ segmentation.in_days('occurred_at', days) }}
),

{{ segmentation.with_day_markers('web_events', days, 'touches', [
    'source', 'visitor_key', 'source_customer_id', 'event_id', 'occurred_at', 'referrer',
    'utm_source', 'utm_medium', 'utm_campaign',
]) }}

select * from final
