-- Hours are cut on the clock of whoever reads: zones are not whole hours apart everywhere.
with profiles as (
    select
        customer_id,
        coalesce(time_zone, '{{ var("segmentation_time_zone") }}') as time_zone
    from {{ ref('customer_profiles') }}
),

mails as (
    select
        mails.customer_id,
        {{ segmentation.local_time('mails.sent_at', 'profiles.time_zone') }} as local_sent_at,
        case when mails.opens + mails.clicks > 0 then 1 else 0 end as engaged
    from {{ ref('customer_mails') }} as mails
    inner join profiles on mails.customer_id = profiles.customer_id
    where mails.arrived = 1 and mails.sent_at is not null
),

slots as (
    select
        customer_id,
        'hour' as slot_type,
        cast(extract(hour from local_sent_at) as integer) as slot,
        engaged
    from mails
    union all
    select
        customer_id,
        'weekday' as slot_type,
        cast({{ segmentation.iso_weekday('cast(local_sent_at as date)') }} as integer) as slot,
        engaged
    from mails
),

final as (
    select
        customer_id,
        slot_type,
        slot,
        count(*) as mails,
        cast(sum(engaged) as bigint) as engaged_mails
    from slots
    group by customer_id, slot_type, slot
)

select * from final
