{#- How often mails sent at an hour are opened or clicked, not how many are: most opens come after the hour at which most
    is sent. Counts are smoothed over two hours on either side; a few mails at the rate of everybody's curve, at the
    level of the person, are added to each. Whole numbers (millionths), so that engines agree. -#}
{% set weights = [3, 2, 1] %}
{% set unit = segmentation.kernel_sum(weights) %}
{#- Mails that a level starts with, so that one click does not make an enthusiast. -#}
{% set level_mails = 2 %}

with thresholds as (
    {{ segmentation.settings('feature_thresholds', ['email_hours_minimum', 'email_hours_prior_mails']) }}
),

curve as (
    select * from {{ ref('email_send_curve') }}
),

best as (
    select * from curve
    where rate_rank = 1
),

slots as (
    select * from {{ ref('customer_mail_slots') }}
),

people as (
    select
        slots.customer_id,
        slots.slot_type,
        cast(sum(slots.mails) as bigint) as mails,
        cast(sum(slots.engaged_mails) as bigint) as engaged_mails,
        cast(sum(slots.mails * curve.rate_ppm) as bigint) as expected_ppm
    from slots
    inner join curve on slots.slot_type = curve.slot_type and slots.slot = curve.slot
    group by slots.customer_id, slots.slot_type
),

levels as (
    select
        people.customer_id,
        people.slot_type,
        {{ segmentation.divide_rounded(
            '(people.engaged_mails + ' ~ level_mails ~ ') * 1000000000000', '(people.expected_ppm + ' ~ level_mails ~ ' * 1000000)'
        ) }} as level_ppm,
        cast(thresholds.email_hours_prior_mails as bigint) * {{ unit }} as prior_weight
    from people
    cross join thresholds
    where people.engaged_mails >= thresholds.email_hours_minimum
),

lent as (
    {{ segmentation.spread_slots('slots', ['customer_id'], weights) }}
),

weighed as (
    select
        levels.customer_id,
        levels.slot_type,
        curve.slot,
        curve.rate_rank,
        coalesce(lent.weighted_mails, 0) + levels.prior_weight as weight,
        {{ segmentation.divide_rounded(
            '(1000000 * coalesce(lent.weighted_engaged, 0) + levels.prior_weight * least(1000000, '
            ~ segmentation.divide_rounded('levels.level_ppm * curve.rate_ppm', 1000000) ~ '))',
            '(coalesce(lent.weighted_mails, 0) + levels.prior_weight)'
        ) }} as rate_ppm
    from levels
    inner join curve on levels.slot_type = curve.slot_type
    left join lent
        on
            levels.customer_id = lent.customer_id
            and levels.slot_type = lent.slot_type
            and curve.slot = lent.slot
),

ranked as (
    select
        weighed.*,
        max(case when rate_rank = 1 then rate_ppm end) over (partition by customer_id, slot_type) as usual_ppm,
        row_number() over (partition by customer_id, slot_type order by rate_ppm desc, rate_rank) as own_rank
    from weighed
),

-- Another hour than everybody's has to be better by half a standard error at least.
own as (
    select
        ranked.*,
        rate_rank = 1
        or 4 * (rate_ppm - usual_ppm) * (rate_ppm - usual_ppm) * cast(weight as bigint) > {{ unit }} * rate_ppm * (1000000 - rate_ppm)
            as is_clear
    from ranked
    where own_rank = 1
),

final as (
    select
        profiles.customer_id,
        best.slot_type,
        case when own.is_clear then own.slot else best.slot end as preferred_slot,
        cast(cast(case when own.is_clear then own.rate_ppm else best.rate_ppm end as numeric(18, 6)) / 1000000 as numeric(9, 6))
            as expected_rate,
        case
            when people.customer_id is null then 'no e-mail within 180 days'
            when own.customer_id is null then 'too few e-mails opened or clicked'
            when not own.is_clear then 'no time clearly better'
        end as everybodys_because
    from {{ ref('customer_profiles') }} as profiles
    cross join best
    left join people on profiles.customer_id = people.customer_id and best.slot_type = people.slot_type
    left join own on profiles.customer_id = own.customer_id and best.slot_type = own.slot_type
)

select * from final
