{{ config(
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('occurred_on'),
    **segmentation.clustered_by_day('occurred_on')
) }}

{% set days = segmentation.stale_days('web_events') %}

with logins as (
    select
        cast(occurred_at as date) as occurred_on,
        source,
        source_customer_id,
        anonymous_id,
        cast(count(*) as bigint) as events,
        min(occurred_at) as first_seen_at
    from {{ ref('unified_web_events') }}
    where
        source_customer_id is not null
        and {{ segmentation.in_days('occurred_at', days) }}
    group by cast(occurred_at as date), source, source_customer_id, anonymous_id
),

{{ segmentation.with_day_markers('web_events', days, 'logins', [
    'source', 'source_customer_id', 'anonymous_id', 'events', 'first_seen_at'
]) }}

select * from final
