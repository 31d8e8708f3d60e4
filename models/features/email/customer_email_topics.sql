{#- The same mail counts once for its topic and once for the category that it promotes. -#}
with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

campaigns as (
    select * from {{ ref('unified_campaigns') }}
),

mails as (
    select
        mails.customer_id,
        campaigns.topic,
        campaigns.category,
        case when mails.clicks > 0 then 1 else 0 end as clicked
    from {{ ref('customer_mails') }} as mails
    cross join as_of
    inner join campaigns on mails.source = campaigns.source and mails.campaign_id = campaigns.campaign_id
    where
        mails.arrived = 1
        and {{ segmentation.days_between('mails.sent_on', 'as_of.as_of_on') }} <= 180
),

subjects as (
    select
        customer_id,
        'topic' as subject_type,
        topic as subject,
        clicked
    from mails
    union all
    select
        customer_id,
        'category' as subject_type,
        category as subject,
        clicked
    from mails
),

final as (
    select
        subjects.customer_id,
        as_of.as_of_on,
        subjects.subject_type,
        subjects.subject,
        cast(count(*) as bigint) as mails_180d,
        cast(sum(subjects.clicked) as bigint) as clicked_mails_180d,
        {{ segmentation.share('sum(subjects.clicked)', 'count(*)') }} as click_through_180d
    from subjects
    cross join as_of
    where subjects.subject is not null
    group by subjects.customer_id, as_of.as_of_on, subjects.subject_type, subjects.subject
)

select * from final
