{{ config(schema='internal') }}

{#- Whoever asks what became of a mail asks about the last months; a build costs these, however long the history. A mail
    is delivered or returned within days of the day it was sent (servers give up after five), so the week before
    tells which mails were sent earlier. -#}
{% set window = 180 %}

with attributed as (
    {{ segmentation.attributed_mails('email_days') }}
),

mails as (
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
    where attributed.occurred_on >= cast({{ segmentation.days_before_as_of(window + 7) }} as date)
    group by attributed.customer_id, attributed.campaign_id, attributed.source
),

final as (
    select * from mails
    where sent_on >= cast({{ segmentation.days_before_as_of(window) }} as date)
)

select * from final
