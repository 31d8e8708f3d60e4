{{ config(
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('occurred_on'),
    **segmentation.clustered_by_day('occurred_on')
) }}

{% set days = segmentation.stale_days('email_events') %}
{% set counts = {
    'sent': "event_type = 'sent'",
    'delivered': "event_type = 'delivered'",
    'opens': "event_type = 'open'",
    'machine_opens': "event_type = 'machine_open'",
    'clicks': "event_type = 'click'",
    'bounces': "event_type = 'bounce'",
    'unsubscribes': "event_type = 'unsubscribe'",
    'complaints': "event_type = 'complaint'",
} %}

with events as (
    select * from {{ ref('unified_email_events') }}
    where {{ segmentation.in_days('occurred_at', days) }}
),

mails as (
    select
        cast(occurred_at as date) as occurred_on,
        source,
        email,
        -- An address says who it is; the customer id only where there is no address.
        case when email is null then source_customer_id end as source_customer_id,
        campaign_id,
        {% for name, condition in counts.items() %}
        cast(sum(case when {{ condition }} then 1 else 0 end) as bigint) as {{ name }},
        {% endfor %}
        max(case when event_type in ('open', 'click') then occurred_at end) as last_engaged_at
    from events
    where coalesce(email, source_customer_id) is not null
    group by
        cast(occurred_at as date), source, email, case when email is null then source_customer_id end, campaign_id
),

{{ segmentation.with_day_markers('email_events', days, 'mails', ['source', 'email', 'source_customer_id', 'campaign_id']
    + counts.keys() | list + ['last_engaged_at']) }}

select * from final
