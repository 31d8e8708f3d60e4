{{ config(schema='internal') }}
{#- When nobody knows when it was. -#}
{% set always = "cast('9999-01-01' as timestamp)" %}

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
dated as (
    select
        signals.source,
        signals.source_customer_id,
        signals.email,
        signals.channel,
        signals.purpose,
        signals.reason,
        signals.consent_source,
        case
            when signals.is_undated then coalesce(signals.arrived_at, {{ always }})
            else signals.refused_at
        end as refused_at
    from signals
    cross join as_of
    where
        (signals.is_undated and signals.arrived_at is null)
        or case when signals.is_undated then signals.arrived_at else signals.refused_at end < cast(as_of.as_of_on as timestamp)
),

identifiers as (
    select * from {{ ref('customer_identifiers') }}
),

-- By every identifier that it names. A bounce is about the address, so it closes that one only, unless it names none.
reached as (
    select
        identifiers.customer_id,
        case when dated.reason = 'bounce' then dated.email end as bounced_email,
        dated.channel,
        dated.purpose,
        dated.reason,
        dated.consent_source,
        dated.refused_at
    from dated
    inner join identifiers
        on identifiers.identifier_type = 'email' and dated.email = identifiers.identifier_value

    union all

    select
        identifiers.customer_id,
        cast(null as {{ dbt.type_string() }}) as bounced_email,
        dated.channel,
        dated.purpose,
        dated.reason,
        dated.consent_source,
        dated.refused_at
    from dated
    inner join identifiers
        on
            identifiers.identifier_type = 'customer_id'
            and dated.source = identifiers.source
            and dated.source_customer_id = identifiers.identifier_value
    where dated.reason != 'bounce' or dated.email is null
),

-- Logged in data_quality_findings as bounce_corrected.
corrections as (
    select
        coalesce(corrections.email, identifiers.customer_id) as bounced,
        max(corrections.corrected_on) as corrected_on
    from {{ ref('bounce_corrections') }} as corrections
    cross join as_of
    left join identifiers
        on
            identifiers.identifier_type = 'customer_id'
            and corrections.source = identifiers.source
            and corrections.source_customer_id = identifiers.identifier_value
    where corrections.corrected_on < as_of.as_of_on
    group by coalesce(corrections.email, identifiers.customer_id)
),

standing as (
    select
        reached.*,
        {{ segmentation.grants_count_from('reached.refused_at') }} as grants_count_from
    from reached
    left join corrections
        on
            reached.reason = 'bounce'
            and coalesce(reached.bounced_email, reached.customer_id) = corrections.bounced
            and (corrections.corrected_on >= cast(reached.refused_at as date) or reached.refused_at = {{ always }})
    where corrections.bounced is null
),

-- The one of each kind that closes longest; it closes all that the others close.
ranked as (
    select
        standing.*,
        row_number() over (
            partition by customer_id, bounced_email, channel, purpose, reason
            order by grants_count_from desc, refused_at desc, consent_source
        ) as standing_rank
    from standing
),

final as (
    select
        customer_id,
        channel,
        purpose,
        reason,
        bounced_email,
        refused_at,
        grants_count_from,
        consent_source
    from ranked
    where standing_rank = 1
)

select * from final
