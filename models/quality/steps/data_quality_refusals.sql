{% set text = dbt.type_string() %}

with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

identifiers as (
    select * from {{ ref('customer_identifiers') }}
),

refusals as (
    select * from {{ ref('email_refusal_days') }}
    where refusal is not null
),

revocations as (
    select
        consents.*,
        {{ segmentation.record_key('consents', 'consents') }} as record_key
    from {{ ref('screened_consents') }} as consents
    where coalesce(consent_status, '') not in ('granted', 'pending') and not {{ segmentation.is_other_copy('set_aside_because') }}
),

-- An unknown address belongs to nobody, so nobody is mailed there; an unknown id may well be somebody's.
mails_of_nobody as (
    select
        'email_events' as table_name,
        'refusal_of_nobody' as check_name,
        refusals.source,
        refusals.source_customer_id as record_key,
        refusals.refusal as value,
        refusals.occurred_on as first_seen_on
    from refusals
    left join identifiers
        on
            identifiers.identifier_type = 'customer_id'
            and refusals.source = identifiers.source
            and refusals.source_customer_id = identifiers.identifier_value
    where refusals.email is null and identifiers.customer_id is null
),

revocations_of_nobody as (
    select
        'consents' as table_name,
        'refusal_of_nobody' as check_name,
        revocations.source,
        revocations.record_key,
        revocations.source_customer_id as value,
        cast(coalesce(revocations.loaded_at, revocations.recorded_at) as date) as first_seen_on
    from revocations
    left join identifiers
        on
            identifiers.identifier_type = 'customer_id'
            and revocations.source = identifiers.source
            and revocations.source_customer_id = identifiers.identifier_value
    where revocations.email is null and identifiers.customer_id is null
),

grants_of_everything as (
    select
        'consents' as table_name,
        'consent_to_everything' as check_name,
        source,
        {{ segmentation.record_key('consents') }} as record_key,
        channel || ' / ' || purpose as value,
        cast(coalesce(loaded_at, recorded_at) as date) as first_seen_on
    from {{ ref('unified_consents') }}
    where consent_status = 'granted' and (channel = 'all' or purpose = 'all')
),

bounced as (
    select
        bounced_email,
        max(cast(refused_at as date)) as bounced_on
    from {{ ref('customer_refusals') }}
    where reason = 'bounce' and bounced_email is not null
    group by bounced_email
),

contradicted_bounces as (
    select
        'email_events' as table_name,
        'mail_after_bounce' as check_name,
        mails.source,
        'email ' || {{ dbt.hash('mails.email') }} as record_key,
        cast(sum(mails.delivered) as {{ text }}) || ' delivered and ' || cast(sum(mails.opens + mails.clicks) as {{ text }})
        || ' opened or clicked since' as value,
        min(mails.occurred_on) as first_seen_on
    from {{ ref('email_days') }} as mails
    cross join as_of
    inner join bounced on mails.email = bounced.bounced_email and mails.occurred_on > bounced.bounced_on
    where mails.occurred_on < as_of.as_of_on and mails.delivered + mails.opens + mails.clicks > 0
    group by mails.source, mails.email
),

corrected_bounces as (
    select
        'email_events' as table_name,
        'bounce_corrected' as check_name,
        refusals.source,
        coalesce('email ' || {{ dbt.hash('refusals.email') }}, refusals.source_customer_id) as record_key,
        min(corrections.reason) as value,
        min(refusals.occurred_on) as first_seen_on
    from refusals
    cross join as_of
    inner join {{ ref('bounce_corrections') }} as corrections
        on
            coalesce(refusals.email, refusals.source || ' ' || refusals.source_customer_id)
            = coalesce(corrections.email, corrections.source || ' ' || corrections.source_customer_id)
    where
        refusals.refusal = 'bounce'
        and corrections.corrected_on < as_of.as_of_on
        and (corrections.corrected_on >= cast(refusals.refused_at as date) or refusals.is_undated)
    group by refusals.source, coalesce('email ' || {{ dbt.hash('refusals.email') }}, refusals.source_customer_id)
),

final as (
    select * from mails_of_nobody
    union all
    select * from revocations_of_nobody
    union all
    select * from grants_of_everything
    union all
    select * from contradicted_bounces
    union all
    select * from corrected_bounces
)

select * from final
