{# CTEs that end with `actions`: the e-mail events of some days that name a person, with what a machine did told apart.
   Scanners follow the links of an e-mail before it is read: clicks on three or more links of one e-mail within ten seconds
   of one another are theirs, whatever the tool calls them. A day is looked at by itself, as everything that is kept by
   day. The events are read twice and are no CTE of two readers: engines keep a copy of such a CTE. #}
{% macro email_actions(days) -%}
{%- set named -%}
    coalesce(email, source_customer_id) is not null and {{ segmentation.in_days('occurred_at', days) }}
{%- endset -%}
clicks as (
    select
        cast(occurred_at as date) as occurred_on,
        source,
        email_event_id,
        occurred_at,
        coalesce(email, '') || ' ' || coalesce(source_customer_id, '') || ' '
        || coalesce('mail ' || message_id, 'campaign ' || campaign_id, '') as mail_key,
        coalesce(link_url, email_event_id) as link
    from {{ ref('unified_email_events') }}
    where event_type = 'click' and {{ named }}
),

bursts as (
    select
        clicks.occurred_on,
        clicks.source,
        clicks.mail_key,
        clicks.occurred_at as started_at
    from clicks
    inner join clicks as followers
        on
            clicks.occurred_on = followers.occurred_on
            and clicks.source = followers.source
            and clicks.mail_key = followers.mail_key
            and followers.occurred_at >= clicks.occurred_at
            and followers.occurred_at <= {{ segmentation.add_to_time('clicks.occurred_at', 10, 'second') }}
    group by clicks.occurred_on, clicks.source, clicks.mail_key, clicks.occurred_at
    having count(distinct followers.link) >= 3
),

scanner_clicks as (
    select distinct
        clicks.occurred_on,
        clicks.source,
        clicks.email_event_id
    from clicks
    inner join bursts
        on
            clicks.occurred_on = bursts.occurred_on
            and clicks.source = bursts.source
            and clicks.mail_key = bursts.mail_key
            and clicks.occurred_at >= bursts.started_at
            and clicks.occurred_at <= {{ segmentation.add_to_time('bursts.started_at', 10, 'second') }}
),

named_events as (
    select
        cast(occurred_at as date) as occurred_on,
        source,
        email,
        source_customer_id,
        campaign_id,
        message_id,
        email_event_id,
        occurred_at,
        event_type,
        bounce_type,
        link_category
    from {{ ref('unified_email_events') }}
    where {{ named }}
),

actions as (
    select
        named_events.occurred_on,
        named_events.source,
        named_events.email,
        named_events.source_customer_id,
        named_events.campaign_id,
        named_events.message_id,
        named_events.occurred_at,
        case when scanner_clicks.email_event_id is not null then 'machine_click' else named_events.event_type end as event_type,
        named_events.bounce_type,
        named_events.link_category
    from named_events
    left join scanner_clicks
        on
            named_events.event_type = 'click'
            and named_events.occurred_on = scanner_clicks.occurred_on
            and named_events.source = scanner_clicks.source
            and named_events.email_event_id = scanner_clicks.email_event_id
)
{%- endmacro %}
