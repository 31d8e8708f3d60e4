-- What happened to the mails of a customer.
create temp table mail_days as
with delivered as not materialized (
    select
        email_event_id, occurred_at, loaded_at, campaign_id,
        lower(trim(event_type)) as event_type,
        lower(nullif(trim(email), '')) as email,
        nullif(trim(source_customer_id), '') as source_customer_id
    from read_parquet(getvariable('files') || '/email_events.parquet')
    where occurred_at < getvariable('as_of')
),
repeated as materialized (
    select email_event_id, occurred_at::date as occurred_on, max(loaded_at) as last_loaded_at
    from read_parquet(getvariable('files') || '/email_events.parquet')
    where occurred_at < getvariable('as_of')
    group by email_event_id, occurred_at::date
    having count(*) > 1
),
kept as (
    select delivered.* exclude (loaded_at)
    from delivered
    anti join repeated
        on delivered.email_event_id = repeated.email_event_id
        and delivered.occurred_at::date = repeated.occurred_on
    where loaded_at is null or occurred_at <= loaded_at + interval 1 day
    union all
    select distinct on (delivered.email_event_id, repeated.occurred_on) delivered.* exclude (loaded_at)
    from delivered
    join repeated
        on delivered.email_event_id = repeated.email_event_id
        and delivered.occurred_at::date = repeated.occurred_on
    where delivered.loaded_at = repeated.last_loaded_at
)
select
    email,
    source_customer_id,
    campaign_id,
    occurred_at::date as occurred_on,
    count(*) filter (event_type = 'sent') as sent,
    count(*) filter (event_type = 'delivered') as delivered,
    count(*) filter (event_type = 'open') as opens,
    count(*) filter (event_type = 'machine_open') as machine_opens,
    count(*) filter (event_type = 'click') as clicks,
    count(*) filter (event_type = 'bounce') as bounces,
    count(*) filter (event_type = 'unsubscribe') as unsubscribes,
    count(*) filter (event_type = 'complaint') as complaints
from kept
where
    event_type in (
        'sent', 'delivered', 'open', 'machine_open', 'click', 'bounce', 'unsubscribe', 'complaint'
    )
group by all;

create temp table email_features as
with attributed as (
    select
        coalesce(mails_of.customer_id, orders_of.customer_id) as customer_id,
        days.*,
        getvariable('as_of') - occurred_on as age
    from mail_days as days
    left join mails_of using (email)
    left join orders_of on days.source_customer_id = orders_of.source_customer_id
    where coalesce(mails_of.customer_id, orders_of.customer_id) is not null
),
summed as (
    select
        customer_id,
        sum(sent)::bigint as sent,
        sum(if(age <= 30, sent, 0))::bigint as sent_30d,
        sum(if(age <= 90, sent, 0))::bigint as sent_90d,
        sum(if(age <= 180, sent, 0))::bigint as sent_180d,
        sum(delivered)::bigint as delivered,
        sum(if(age <= 30, delivered, 0))::bigint as delivered_30d,
        sum(if(age <= 90, delivered, 0))::bigint as delivered_90d,
        sum(if(age <= 180, delivered, 0))::bigint as delivered_180d,
        sum(opens)::bigint as opens,
        sum(if(age <= 30, opens, 0))::bigint as opens_30d,
        sum(if(age <= 90, opens, 0))::bigint as opens_90d,
        sum(if(age <= 180, opens, 0))::bigint as opens_180d,
        sum(machine_opens)::bigint as machine_opens,
        sum(if(age <= 30, machine_opens, 0))::bigint as machine_opens_30d,
        sum(if(age <= 90, machine_opens, 0))::bigint as machine_opens_90d,
        sum(if(age <= 180, machine_opens, 0))::bigint as machine_opens_180d,
        sum(clicks)::bigint as clicks,
        sum(if(age <= 30, clicks, 0))::bigint as clicks_30d,
        sum(if(age <= 90, clicks, 0))::bigint as clicks_90d,
        sum(if(age <= 180, clicks, 0))::bigint as clicks_180d,
        sum(bounces)::bigint as bounces,
        sum(if(age <= 30, bounces, 0))::bigint as bounces_30d,
        sum(if(age <= 90, bounces, 0))::bigint as bounces_90d,
        sum(if(age <= 180, bounces, 0))::bigint as bounces_180d,
        sum(unsubscribes)::bigint as unsubscribes,
        sum(complaints)::bigint as complaints,
        max(occurred_on) filter (sent > 0 or delivered > 0) as last_sent_on,
        max(occurred_on) filter (opens > 0) as last_opened_on,
        max(occurred_on) filter (clicks > 0) as last_clicked_on,
        max(occurred_on) filter (opens > 0 or clicks > 0) as last_engaged_on
    from attributed
    group by customer_id
),
person_days as (
    select
        customer_id, campaign_id, occurred_on,
        sum(sent) as sent, sum(delivered) as delivered, sum(opens) as opens,
        sum(machine_opens) as machine_opens, sum(clicks) as clicks, sum(bounces) as bounces
    from attributed
    where age <= 187
    group by all
),
known as (
    select
        *,
        max(occurred_on) filter (sent > 0) over sends as known_sent_on,
        sum(delivered) over (partition by customer_id) > 0 as tells_deliveries
    from person_days
    window sends as (partition by customer_id, campaign_id order by occurred_on)
),
-- What happens belongs to the last send before; a delivery without one in its week is a send.
sends as (
    select
        *,
        max(occurred_on) filter (
            sent > 0
            or (delivered > 0 and (known_sent_on is null or occurred_on - known_sent_on > 7))
        ) over (partition by customer_id, campaign_id order by occurred_on) as sent_on
    from known
),
mails as (
    select
        customer_id,
        getvariable('as_of') - sent_on as age,
        sum(opens) + sum(clicks) > 0 as is_engaged,
        sum(clicks) > 0 as is_clicked
    from sends
    where sent_on is not null
    group by customer_id, campaign_id, sent_on
    having
        sum(delivered) + sum(opens) + sum(machine_opens) + sum(clicks) > 0
        or (not bool_or(tells_deliveries) and sum(bounces) = 0)
),
rates as (
    select
        customer_id,
        count(*) filter (age <= 30) as mails_30d,
        count(*) filter (age <= 90) as mails_90d,
        count(*) filter (age <= 180) as mails_180d,
        count(*) filter (age <= 30 and is_engaged) as engaged_30d,
        count(*) filter (age <= 90 and is_engaged) as engaged_90d,
        count(*) filter (age <= 180 and is_engaged) as engaged_180d,
        count(*) filter (age <= 30 and is_clicked) as clicked_30d,
        count(*) filter (age <= 90 and is_clicked) as clicked_90d,
        count(*) filter (age <= 180 and is_clicked) as clicked_180d
    from mails
    group by customer_id
)
-- Millionths, rounded half up; nothing where nothing was delivered.
select
    summed.*,
    (2_000_000 * engaged_30d + mails_30d) // nullif(2 * mails_30d, 0) as engagement_ppm_30d,
    (2_000_000 * engaged_90d + mails_90d) // nullif(2 * mails_90d, 0) as engagement_ppm_90d,
    (2_000_000 * engaged_180d + mails_180d) // nullif(2 * mails_180d, 0) as engagement_ppm_180d,
    (2_000_000 * clicked_30d + mails_30d) // nullif(2 * mails_30d, 0) as click_ppm_30d,
    (2_000_000 * clicked_90d + mails_90d) // nullif(2 * mails_90d, 0) as click_ppm_90d,
    (2_000_000 * clicked_180d + mails_180d) // nullif(2 * mails_180d, 0) as click_ppm_180d
from summed
left join rates using (customer_id);
