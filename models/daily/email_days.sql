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
    'machine_clicks': "event_type = 'machine_click'",
    'bounces': "event_type = 'bounce'",
    'hard_bounces': "event_type = 'bounce' and coalesce(bounce_type, 'hard') != 'soft'",
    'unsubscribes': "event_type = 'unsubscribe'",
    'complaints': "event_type = 'complaint'",
} %}

with {{ segmentation.email_actions(days) }},

mails as (
    select
        occurred_on,
        source,
        email,
        source_customer_id,
        campaign_id,
        message_id,
        {% for name, condition in counts.items() %}
        cast(sum(case when {{ condition }} then 1 else 0 end) as bigint) as {{ name }},
        {% endfor %}
        coalesce(
            min(case when event_type = 'sent' then occurred_at end),
            min(case when event_type = 'delivered' then occurred_at end)
        ) as sent_at,
        max(case when event_type in ('open', 'click') then occurred_at end) as last_engaged_at
    from actions
    group by occurred_on, source, email, source_customer_id, campaign_id, message_id
),

{{ segmentation.with_day_markers('email_events', days, 'mails', [
    'source', 'email', 'source_customer_id', 'campaign_id', 'message_id'
] + counts.keys() | list + ['sent_at', 'last_engaged_at']) }}

select * from final
