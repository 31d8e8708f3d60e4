with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

attributed as (
    {{ segmentation.attributed_mails('email_click_days') }}
),

clicked as (
    select
        attributed.customer_id,
        attributed.link_category,
        attributed.occurred_on,
        {{ segmentation.days_between('attributed.occurred_on', 'as_of.as_of_on') }} as age_days,
        attributed.clicks
    from attributed
    cross join as_of
),

summed as (
    select
        customer_id,
        link_category,
        cast(sum(clicks) as bigint) as clicks,
        {% for days in (30, 90, 180) %}
        cast(sum(case when age_days <= {{ days }} then clicks else 0 end) as bigint) as clicks_{{ days }}d,
        {% endfor %}
        max(occurred_on) as last_clicked_on
    from clicked
    group by customer_id, link_category
),

final as (
    select
        summed.*,
        row_number() over (
            partition by customer_id
            order by clicks_180d desc, clicks desc, last_clicked_on desc, link_category
        ) as click_rank
    from summed
)

select * from final
