with refusals as (
    select * from {{ ref('customer_refusals') }}
    where reason = 'revoked'
),

decisions as (
    {{ segmentation.rows_of_people('unified_consents', 'recorded_at') }}
),

record_emails as (
    select
        source,
        source_customer_id,
        email
    from {{ ref('unified_customers') }}
),

requests as (
    select
        decisions.customer_id,
        decisions.channel,
        decisions.purpose,
        decisions.consent_status,
        decisions.recorded_at,
        decisions.consent_source,
        decisions.source,
        decisions.consent_id,
        coalesce(decisions.email, record_emails.email) as email
    from decisions
    left join record_emails
        on
            decisions.source = record_emails.source
            and decisions.source_customer_id = record_emails.source_customer_id
    where decisions.consent_status in ('granted', 'pending')
),

-- A request that a refusal of its purpose, or of all, outweighs is over.
judged as (
    select
        requests.customer_id,
        requests.channel,
        requests.purpose,
        requests.consent_status,
        requests.recorded_at,
        requests.consent_source,
        requests.source,
        requests.consent_id,
        requests.email,
        count(refusals.customer_id) = 0 as stands
    from requests
    left join refusals
        on
            requests.customer_id = refusals.customer_id
            and refusals.channel in (requests.channel, 'all')
            and refusals.purpose in (requests.purpose, 'all')
            and not {{ segmentation.outlives_refusal('requests.recorded_at', 'refusals') }}
    group by
        requests.customer_id, requests.channel, requests.purpose, requests.consent_status, requests.recorded_at,
        requests.consent_source, requests.source, requests.consent_id, requests.email
),

-- What each person was ever asked for: a refusal of everything is one of each.
asked as (
    select
        customer_id,
        channel,
        purpose
    from requests
    {{ segmentation.union_distinct() }}
    select
        customer_id,
        channel,
        purpose
    from refusals
    where channel != 'all' and purpose != 'all'
),

states as (
    select
        customer_id,
        channel,
        purpose,
        consent_status,
        email,
        recorded_at,
        consent_source,
        source,
        consent_id,
        -- Somebody who types an address into a form once more takes no consent away.
        case consent_status when 'granted' then 1 else 2 end as weight
    from judged
    where stands

    union all

    select
        asked.customer_id,
        asked.channel,
        asked.purpose,
        'revoked' as consent_status,
        cast(null as {{ dbt.type_string() }}) as email,
        refusals.refused_at as recorded_at,
        refusals.consent_source,
        cast(null as {{ dbt.type_string() }}) as source,
        cast(null as {{ dbt.type_string() }}) as consent_id,
        3 as weight
    from asked
    inner join refusals
        on
            asked.customer_id = refusals.customer_id
            and refusals.channel in (asked.channel, 'all')
            and refusals.purpose in (asked.purpose, 'all')
),

ranked as (
    select
        states.*,
        row_number() over (
            partition by customer_id, channel, purpose
            order by weight, recorded_at desc, email, source, consent_id, consent_source
        ) as newest_rank
    from states
),

final as (
    select
        customer_id,
        channel,
        purpose,
        consent_status,
        consent_status = 'granted' as is_granted,
        email,
        recorded_at,
        consent_source
    from ranked
    where newest_rank = 1
)

select * from final
