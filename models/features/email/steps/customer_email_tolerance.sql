-- Do more mails in a month lower what the person does with each? Six months of 30 days, those with more
-- mails than the person's average against the others.
with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

thresholds as (
    {{ segmentation.settings('feature_thresholds', [
        'email_tolerance_minimum', 'email_tolerance_low', 'email_tolerance_high'
    ]) }}
),

mails as (
    select
        mails.customer_id,
        {{ segmentation.days_between('mails.sent_on', 'as_of.as_of_on') }} as age_days,
        case when mails.opens + mails.clicks > 0 then 1 else 0 end as engaged
    from {{ ref('customer_mails') }} as mails
    cross join as_of
    where
        mails.arrived = 1
        and {{ segmentation.days_between('mails.sent_on', 'as_of.as_of_on') }} <= 180
),

months as (
    select
        customer_id,
        (age_days - 1 - mod(age_days - 1, 30)) / 30 as month_number,
        count(*) as mails,
        sum(engaged) as engaged_mails
    from mails
    group by customer_id, (age_days - 1 - mod(age_days - 1, 30)) / 30
),

compared as (
    select
        months.*,
        sum(mails) over (partition by customer_id) as all_mails,
        count(*) over (partition by customer_id) as all_months
    from months
),

summed as (
    select
        customer_id,
        sum(case when mails * all_months > all_mails then mails else 0 end) as busy_mails,
        sum(case when mails * all_months > all_mails then engaged_mails else 0 end) as busy_engaged,
        sum(case when mails * all_months <= all_mails then mails else 0 end) as calm_mails,
        sum(case when mails * all_months <= all_mails then engaged_mails else 0 end) as calm_engaged
    from compared
    group by customer_id
),

final as (
    select
        summed.customer_id,
        case
            when
                summed.busy_mails < thresholds.email_tolerance_minimum
                or summed.calm_mails < thresholds.email_tolerance_minimum
                or summed.busy_engaged + summed.calm_engaged = 0
                then null
            when
                summed.busy_engaged * summed.calm_mails
                < thresholds.email_tolerance_low * summed.calm_engaged * summed.busy_mails
                then 'low'
            when
                summed.busy_engaged * summed.calm_mails
                >= thresholds.email_tolerance_high * summed.calm_engaged * summed.busy_mails
                then 'high'
            else 'medium'
        end as frequency_tolerance
    from summed
    cross join thresholds
)

select * from final
