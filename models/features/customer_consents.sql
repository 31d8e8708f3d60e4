{{ config(schema='internal') }}

with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

decisions as (
    select consents.*
    from {{ ref('unified_consents') }} as consents
    cross join as_of
    where consents.recorded_at < cast(as_of.as_of_on as timestamp)
),

record_emails as (
    select
        source,
        source_customer_id,
        email
    from {{ ref('unified_customers') }}
),

attributed as (
    select
        coalesce(by_record.customer_id, by_email.customer_id) as customer_id,
        decisions.channel,
        decisions.purpose,
        decisions.consent_status,
        decisions.recorded_at,
        decisions.consent_source,
        decisions.source,
        decisions.consent_id,
        coalesce(decisions.email, record_emails.email) as email
    from decisions
    left join {{ ref('customer_identifiers') }} as by_record
        on
            by_record.identifier_type = 'customer_id'
            and decisions.source = by_record.source
            and decisions.source_customer_id = by_record.identifier_value
    left join {{ ref('customer_identifiers') }} as by_email
        on
            by_email.identifier_type = 'email'
            and decisions.email = by_email.identifier_value
    left join record_emails
        on
            decisions.source = record_emails.source
            and decisions.source_customer_id = record_emails.source_customer_id
),

-- The newest word of a person counts, whichever address it was said from. Of two at the same moment the
-- one that permits less counts.
ranked as (
    select
        attributed.*,
        row_number() over (
            partition by customer_id, channel, purpose
            order by
                recorded_at desc,
                case consent_status when 'revoked' then 1 when 'pending' then 2 else 3 end,
                email,
                source,
                consent_id
        ) as newest_rank
    from attributed
    where customer_id is not null
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
