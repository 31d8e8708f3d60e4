{#- Minors may be sent what they ordered. -#}
{% set purposes_of_all_ages = ['transactional', 'service'] %}

with profiles as (
    select
        customer_id,
        email,
        age_years
    from {{ ref('customer_profiles') }}
),

refusals as (
    select * from {{ ref('customer_refusals') }}
    where channel in ('email', 'all')
),

-- An address that many records share is nobody's: what one of them says does not hold for the others.
shared_addresses as (
    select identifier_value as email
    from {{ ref('shared_identifiers') }}
    where identifier_type = 'email'
),

addresses as (
    select
        customer_id,
        identifier_value as email
    from {{ ref('customer_identifiers') }}
    where identifier_type = 'email'
),

record_emails as (
    select
        source,
        source_customer_id,
        email
    from {{ ref('unified_customers') }}
),

consents as (
    {{ segmentation.rows_of_people('unified_consents', 'recorded_at') }}
),

-- Who consented, for what, and at which address: the one that the consent names, else that of the customer record.
grants as (
    select
        consents.customer_id,
        consents.purpose,
        coalesce(consents.email, record_emails.email) as email,
        max(consents.recorded_at) as granted_at
    from consents
    left join record_emails
        on
            consents.source = record_emails.source
            and consents.source_customer_id = record_emails.source_customer_id
    where consents.channel = 'email' and consents.consent_status = 'granted'
    group by consents.customer_id, consents.purpose, coalesce(consents.email, record_emails.email)
),

-- People without a grant are here for the reason why they are not mailed.
candidates as (
    select * from grants
    union all
    select
        customer_id,
        '{{ var("segmentation_default_purpose") }}' as purpose,
        email,
        cast(null as timestamp) as granted_at
    from profiles
),

refused as (
    select
        candidates.customer_id,
        candidates.purpose,
        candidates.email,
        candidates.granted_at,
        max(case when refusals.reason = 'complaint' then 1 else 0 end) as complaints,
        {% for reason in ('unsubscribe', 'revoked') %}
        max(
            case
                when
                    refusals.reason = '{{ reason }}'
                    and not coalesce({{ segmentation.outlives_refusal('candidates.granted_at', 'refusals') }}, false)
                    then 1
                else 0
            end
        ) as {{ reason }}s,
        {% endfor %}
        max(
            case
                when refusals.reason = 'bounce' and coalesce(refusals.bounced_email = candidates.email, true) then 1
                else 0
            end
        ) as bounces
    from candidates
    left join refusals
        on
            candidates.customer_id = refusals.customer_id
            and refusals.purpose in (candidates.purpose, 'all')
    group by candidates.customer_id, candidates.purpose, candidates.email, candidates.granted_at
),

judged as (
    select
        refused.customer_id,
        refused.purpose,
        refused.email,
        refused.granted_at,
        case
            when refused.complaints > 0 then 'complained'
            when refused.unsubscribes > 0 then 'unsubscribed'
            when refused.bounces > 0 then 'bounced'
            when shared_addresses.email is not null then 'shared address'
            when
                profiles.age_years < {{ var('segmentation_minimum_age') }}
                and refused.purpose not in ({{ segmentation.quoted(purposes_of_all_ages) }}) then 'under age'
            when refused.revokeds > 0 then 'revoked'
            when refused.granted_at is null then 'no consent'
            when addresses.email is null then 'no address'
        end as refused_because
    from refused
    inner join profiles on refused.customer_id = profiles.customer_id
    left join shared_addresses on refused.email = shared_addresses.email
    left join addresses on refused.customer_id = addresses.customer_id and refused.email = addresses.email
),

-- Of several addresses with a consent, the newest that may be mailed.
ranked as (
    select
        judged.*,
        row_number() over (
            partition by customer_id, purpose
            order by
                case when refused_because is null then 1 when granted_at is not null then 2 else 3 end,
                granted_at desc,
                email
        ) as choice_rank
    from judged
),

final as (
    select
        customer_id,
        purpose,
        email,
        granted_at as consented_at,
        refused_because is null as is_permitted,
        refused_because
    from ranked
    where choice_rank = 1
)

select * from final
