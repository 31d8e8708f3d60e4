{{ config(enabled=segmentation.is_switched_on(model)) }}

with mails as (
    select
        mails.*,
        {{ segmentation.days_between('mails.sent_on', 'as_of.as_of_on') }} as days_since_sent,
        row_number() over (
            partition by mails.customer_id
            order by mails.sent_on desc, mails.sent_at desc, mails.source, mails.campaign_id, mails.message_id
        ) as newest_rank
    from {{ ref('customer_mails') }} as mails
    cross join {{ ref('as_of_day') }} as as_of
    where mails.arrived = 1 and mails.campaign_id is not null
),

last_mails as (
    select * from mails
    where newest_rank = 1
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['within_days'], "segment = 'last_campaign_unopened'") }}
)

-- Where a machine opened it, nobody knows whether the person did.
select last_mails.customer_id
from last_mails
cross join thresholds
where
    last_mails.opens = 0
    and last_mails.clicks = 0
    and last_mails.machine_opens = 0
    and last_mails.days_since_sent <= thresholds.within_days
