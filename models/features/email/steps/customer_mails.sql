{#- Whoever asks what became of a mail asks about the last months; a build costs these, however long the history. A mail
    is delivered or returned within days of the day it was sent (servers give up after five), so the week before
    tells which mails were sent earlier. -#}
{% set window = 180 %}
{% set counts = [
    'sent', 'delivered', 'opens', 'machine_opens', 'clicks', 'machine_clicks', 'bounces', 'unsubscribes', 'complaints'
] %}

with attributed as (
    {{ segmentation.attributed_mails('email_days') }}
),

-- The campaign tells mails apart only where no message id does.
days as (
    select
        customer_id,
        source,
        message_id,
        case when message_id is null then campaign_id end as campaign_key,
        max(campaign_id) as campaign_id,
        occurred_on,
        {% for name in counts %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {% endfor %}
        min(sent_at) as sent_at,
        max(last_engaged_at) as last_engaged_at
    from attributed
    where occurred_on >= cast({{ segmentation.days_before_as_of(window + 7) }} as date)
    group by customer_id, source, message_id, case when message_id is null then campaign_id end, occurred_on
),

-- What the tool tells of this person's mails: not every tool tells sends, or deliveries.
with_habits as (
    select
        days.*,
        max(case when sent + delivered > 0 then 1 else 0 end) over (partition by customer_id, source) as tells_sends,
        max(case when delivered > 0 then 1 else 0 end) over (partition by customer_id, source) as tells_deliveries,
        max(case when sent > 0 then occurred_on end) over (
            partition by customer_id, source, message_id, campaign_key
            order by occurred_on
            rows between unbounded preceding and current row
        ) as known_sent_on
    from days
),

-- A delivery within a week of a send is that send's; without one before it, it tells of a mail of its own.
with_sends as (
    select
        with_habits.*,
        case
            when sent > 0 then occurred_on
            when
                delivered > 0
                and (known_sent_on is null or {{ segmentation.days_between('known_sent_on', 'occurred_on') }} > 7)
                then occurred_on
        end as send_on
    from with_habits
),

-- What happens to a mail without an id belongs to the last one sent before. Where no send is told, the
-- campaign is one mail, and what names none is one for each day.
with_mails as (
    select
        with_sends.*,
        case
            when message_id is not null then cast(null as date)
            when tells_sends = 1
                then max(send_on) over (
                    partition by customer_id, source, message_id, campaign_key
                    order by occurred_on
                    rows between unbounded preceding and current row
                )
            when campaign_key is null then occurred_on
        end as mail_on
    from with_sends
),

mails as (
    select
        customer_id,
        source,
        message_id,
        max(campaign_id) as campaign_id,
        case
            when max(tells_sends) = 1 then min(case when sent + delivered > 0 then occurred_on end)
            else min(case when opens + machine_opens + clicks > 0 then occurred_on end)
        end as sent_on,
        min(sent_at) as sent_at,
        {% for name in counts %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {% endfor %}
        -- Opened is arrived, whatever the tool told; by machines, too.
        case
            when max(tells_sends) = 0 then 0
            when sum(delivered + opens + machine_opens + clicks) > 0 then 1
            when max(tells_deliveries) = 0 and sum(bounces) = 0 then 1
            else 0
        end as arrived,
        max(last_engaged_at) as last_engaged_at,
        max(case when clicks > 0 then occurred_on end) as last_clicked_on
    from with_mails
    group by customer_id, source, message_id, campaign_key, mail_on
),

final as (
    select * from mails
    where sent_on >= cast({{ segmentation.days_before_as_of(window) }} as date)
)

select * from final
