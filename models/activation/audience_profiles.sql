with consents as (
    select * from {{ ref('customer_consents') }}
    where channel = 'email' and is_granted and email is not null
),

suppressions as (
    select * from {{ ref('email_suppressions') }}
),

features as (
    select * from {{ ref('customer_features') }}
),

profiles as (
    select * from {{ ref('customer_profiles') }}
),

lifecycle as (
    select * from {{ ref('customer_lifecycle') }}
),

rfm as (
    select * from {{ ref('customer_rfm') }}
),

-- A later "no" of the person from any address outweighs the consent; a complaint always does.
refusals as (
    select
        customer_id,
        max(unsubscribed_at) as unsubscribed_at,
        max(complained_at) as complained_at
    from suppressions
    group by customer_id
),

bounces as (
    select email
    from suppressions
    where bounced_at is not null
),

mailable as (
    select
        consents.customer_id,
        consents.email,
        consents.purpose,
        consents.recorded_at,
        row_number() over (
            partition by consents.customer_id
            order by consents.recorded_at desc, consents.purpose
        ) as newest_rank
    from consents
    left join refusals on consents.customer_id = refusals.customer_id
    left join bounces on consents.email = bounces.email
    where
        bounces.email is null
        and refusals.complained_at is null
        and (refusals.unsubscribed_at is null or refusals.unsubscribed_at < consents.recorded_at)
),

final as (
    select
        mailable.customer_id,
        mailable.email,
        profiles.first_name,
        profiles.last_name,
        profiles.language,
        profiles.time_zone,
        profiles.country,
        profiles.region,
        profiles.city,
        profiles.signup_source,
        profiles.signed_up_on,
        features.age_band,
        lifecycle.lifecycle_stage,
        rfm.rfm_segment,
        features.orders,
        features.net_revenue,
        features.average_order_value,
        features.first_order_on,
        features.last_order_on,
        features.favourite_category,
        mailable.purpose as consent_purpose,
        mailable.recorded_at as consented_at
    from mailable
    inner join features on mailable.customer_id = features.customer_id
    inner join profiles on mailable.customer_id = profiles.customer_id
    left join lifecycle on mailable.customer_id = lifecycle.customer_id
    left join rfm on mailable.customer_id = rfm.customer_id
    where mailable.newest_rank = 1
)

select * from final
