{#- An hour lends half its weight to each neighbour; 50 mails at the average rate are added to each slot, so that an hour
    with one lucky mail is not the best. -#}
{% set weights = [2, 1] %}
{% set unit = segmentation.kernel_sum(weights) %}
{% set prior_mails = 50 %}

with mails as (
    select
        slot_type,
        slot,
        cast(sum(mails) as bigint) as mails,
        cast(sum(engaged_mails) as bigint) as engaged_mails
    from {{ ref('customer_mail_slots') }}
    group by slot_type, slot
),

slots as (
    select
        'hour' as slot_type,
        n as slot
    from {{ segmentation.numbers() }} as hours
    where n < 24
    union all
    select
        'weekday' as slot_type,
        n as slot
    from {{ segmentation.numbers() }} as weekdays
    where n between 1 and 7
),

averages as (
    select
        slot_type,
        {{ segmentation.divide_rounded('1000000 * sum(engaged_mails)', 'sum(mails)') }} as average_ppm
    from mails
    group by slot_type
),

lent as (
    {{ segmentation.spread_slots('mails', [], weights) }}
),

rated as (
    select
        slots.slot_type,
        cast(slots.slot as integer) as slot,
        {{ segmentation.divide_rounded(
            '(1000000 * coalesce(lent.weighted_engaged, 0) + ' ~ unit * prior_mails ~ ' * averages.average_ppm)',
            '(coalesce(lent.weighted_mails, 0) + ' ~ unit * prior_mails ~ ')'
        ) }} as rate_ppm
    from slots
    inner join averages on slots.slot_type = averages.slot_type
    left join lent on slots.slot_type = lent.slot_type and slots.slot = lent.slot
),

final as (
    select
        rated.*,
        row_number() over (partition by slot_type order by rate_ppm desc, slot) as rate_rank
    from rated
)

select * from final
