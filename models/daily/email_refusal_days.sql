{{ config(
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('occurred_on'),
    **segmentation.clustered_by_day('occurred_on')
) }}

{% set days = segmentation.stale_days('email_events') %}

-- Not from unified_email_events: somebody who said no said it, even if the time or the id of the event is wrong.
with refusals as (
    select
        *,
        set_aside_because is not null as is_undated
    from {{ ref('screened_email_events') }}
    where
        {{ segmentation.in_days('occurred_at', days) }}
        and not {{ segmentation.is_other_copy('set_aside_because') }}
        and coalesce(email, source_customer_id) is not null
        and (
            event_type in ('unsubscribe', 'complaint')
            -- A bounce that does not say that it was soft is taken as hard.
            or (event_type = 'bounce' and coalesce(bounce_type, 'hard') != 'soft')
        )
),

named as (
    select
        coalesce(cast(occurred_at as date), cast('{{ segmentation.unknown_day() }}' as date)) as occurred_on,
        source,
        email,
        source_customer_id,
        event_type as refusal,
        is_undated,
        max(occurred_at) as refused_at,
        max(loaded_at) as arrived_at
    from refusals
    group by
        coalesce(cast(occurred_at as date), cast('{{ segmentation.unknown_day() }}' as date)),
        source, email, source_customer_id, event_type, is_undated
),

{{ segmentation.with_day_markers('email_events', days, 'named', [
    'source', 'email', 'source_customer_id', 'refusal', 'is_undated', 'refused_at', 'arrived_at',
]) }}

select * from final
