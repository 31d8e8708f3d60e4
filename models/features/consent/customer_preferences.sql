{% set channels = ['email', 'sms', 'push', 'post'] %}

with profiles as (
    select
        customer_id,
        as_of_on
    from {{ ref('customer_profiles') }}
),

consents as (
    select * from {{ ref('customer_consents') }}
    where purpose = '{{ var("segmentation_default_purpose") }}'
),

stated as (
    select * from {{ ref('customer_stated_preferences') }}
),

permissions as (
    select * from {{ ref('email_permissions') }}
    where purpose = '{{ var("segmentation_default_purpose") }}'
),

states as (
    select
        customer_id,
        {% for channel in channels %}
        max(case when channel = '{{ channel }}' then consent_status end) as {{ channel }}_consent,
        {% endfor %}
        max(case when channel = 'email' then consent_source end) as email_consent_source,
        max(case when channel = 'email' then recorded_at end) as email_consent_at
    from consents
    group by customer_id
),

counted as (
    select
        customer_id,
        count(case when preference_type = 'topic' and is_wanted then 1 end) as stated_topics,
        count(case when preference_type = 'product_interest' and is_wanted then 1 end) as stated_interests,
        max(case when preference_type = 'email_frequency' and is_wanted then lower(preference_value) end) as stated_email_frequency,
        max(recorded_on) as last_stated_on
    from stated
    group by customer_id
),

-- Whatever the consent says. What somebody never asked for is no suppression.
suppressed as (
    select
        customer_id,
        refused_because as suppression_reason
    from permissions
    where refused_because not in ('revoked', 'no consent', 'no address')
),

final as (
    select
        profiles.customer_id,
        profiles.as_of_on,
        {% for channel in channels %}
        coalesce(states.{{ channel }}_consent, 'none') as {{ channel }}_consent,
        {% endfor %}
        states.email_consent_source,
        cast(states.email_consent_at as date) as email_consent_on,
        coalesce(states.email_consent = 'pending', false) as is_double_opt_in_pending,
        suppressed.suppression_reason is not null as is_suppressed,
        suppressed.suppression_reason,
        counted.stated_email_frequency,
        cast(coalesce(counted.stated_topics, 0) as bigint) as stated_topics,
        cast(coalesce(counted.stated_interests, 0) as bigint) as stated_interests,
        counted.last_stated_on
    from profiles
    left join suppressed on profiles.customer_id = suppressed.customer_id
    left join states on profiles.customer_id = states.customer_id
    left join counted on profiles.customer_id = counted.customer_id
)

select * from final
