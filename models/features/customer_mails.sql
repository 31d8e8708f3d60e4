{{ config(schema='internal') }}

with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

identifiers as (
    select * from {{ ref('customer_identifiers') }}
),

attributed as (
    {{ segmentation.attributed_mails('email_days') }}
),

final as (
    select
        attributed.customer_id,
        attributed.campaign_id,
        attributed.source,
        min(case when attributed.sent > 0 or attributed.delivered > 0 then attributed.occurred_on end) as sent_on,
        {% for name in ('sent', 'delivered', 'opens', 'machine_opens', 'clicks', 'bounces', 'unsubscribes', 'complaints') %}
        cast(sum(attributed.{{ name }}) as bigint) as {{ name }},
        {% endfor %}
        max(attributed.last_engaged_at) as last_engaged_at,
        max(case when attributed.clicks > 0 then attributed.occurred_on end) as last_clicked_on
    from attributed
    group by attributed.customer_id, attributed.campaign_id, attributed.source
)

select * from final
