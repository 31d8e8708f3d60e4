{{ config(
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('occurred_on'),
    **segmentation.clustered_by_day('occurred_on')
) }}

{% set days = segmentation.stale_days('email_events') %}

with {{ segmentation.email_actions(days) }},

clicked as (
    select
        occurred_on,
        source,
        email,
        source_customer_id,
        link_category,
        count(*) as clicks
    from actions
    where event_type = 'click' and link_category is not null
    group by occurred_on, source, email, source_customer_id, link_category
),

{{ segmentation.with_day_markers('email_events', days, 'clicked', [
    'source', 'email', 'source_customer_id', 'link_category', 'clicks'
]) }}

select * from final
