with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

consents as (
    select * from {{ ref('customer_consents') }}
),

-- Without the address: who may be mailed, and where, is told by audience_profiles alone.
final as (
    select
        consents.customer_id,
        as_of.as_of_on,
        consents.channel,
        consents.purpose,
        consents.consent_status,
        consents.recorded_at,
        consents.consent_source,
        consents.consent_status = 'pending' as is_double_opt_in_pending
    from consents
    cross join as_of
)

select * from final
