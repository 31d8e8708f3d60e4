with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

dated as (
    select * from {{ ref('delivered_refusals') }}
),

identifiers as (
    select * from {{ ref('customer_identifiers') }}
),

-- Addresses that an e-mail tool once wrote to a customer at: the shop may know another one by now.
mailed_addresses as (
    select distinct
        mails.email,
        identifiers.customer_id
    from {{ ref('email_days') }} as mails
    cross join as_of
    inner join identifiers
        on
            identifiers.identifier_type = 'customer_id'
            and mails.source = identifiers.source
            and mails.source_customer_id = identifiers.identifier_value
    where mails.email is not null and mails.occurred_on < as_of.as_of_on
),

addresses as (
    select
        identifier_value as email,
        customer_id
    from identifiers
    where identifier_type = 'email'
    {{ segmentation.union_distinct() }}
    select
        email,
        customer_id
    from mailed_addresses
),

-- By every identifier that it names. A bounce is about the address, so it closes that one only, unless it names none.
reached as (
    select
        addresses.customer_id,
        case when dated.reason = 'bounce' then dated.email end as bounced_email,
        dated.channel,
        dated.purpose,
        dated.reason,
        dated.consent_source,
        dated.refused_at
    from dated
    inner join addresses on dated.email = addresses.email

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
            and (corrections.corrected_on >= cast(reached.refused_at as date) or reached.refused_at = {{ segmentation.at_any_time() }})
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
