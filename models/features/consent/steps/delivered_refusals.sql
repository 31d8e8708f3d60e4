with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

-- An e-mail tool's "no" names no purpose: it is one to all of them.
mail_refusals as (
    select
        source,
        source_customer_id,
        email,
        'email' as channel,
        'all' as purpose,
        refusal as reason,
        refused_at,
        arrived_at,
        is_undated,
        cast(null as {{ dbt.type_string() }}) as consent_source
    from {{ ref('email_refusal_days') }}
    where refusal is not null
),

-- Whatever is neither granted nor pending is a no, and one that does not say for what is one to everything: a
-- record that is wrong in another way is set aside, but nobody is mailed because of it.
revocations as (
    select
        source,
        source_customer_id,
        email,
        coalesce(channel, 'all') as channel,
        coalesce(purpose, 'all') as purpose,
        'revoked' as reason,
        recorded_at as refused_at,
        loaded_at as arrived_at,
        set_aside_because is not null as is_undated,
        consent_source
    from {{ ref('screened_consents') }}
    where
        coalesce(consent_status, '') not in ('granted', 'pending')
        and not {{ segmentation.is_other_copy('set_aside_because') }}
),

signals as (
    select * from mail_refusals
    union all
    select * from revocations
),

-- A time that cannot be true says nothing: it was at the latest when the row arrived, else it outweighs every consent.
final as (
    select
        signals.source,
        signals.source_customer_id,
        signals.email,
        signals.channel,
        signals.purpose,
        signals.reason,
        signals.consent_source,
        case
            when signals.is_undated then coalesce(signals.arrived_at, {{ segmentation.at_any_time() }})
            else signals.refused_at
        end as refused_at
    from signals
    cross join as_of
    where
        (signals.is_undated and signals.arrived_at is null)
        or case when signals.is_undated then signals.arrived_at else signals.refused_at end < cast(as_of.as_of_on as timestamp)
)

select * from final
