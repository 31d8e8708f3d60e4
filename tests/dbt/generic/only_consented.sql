{# Nobody without a granted consent for the segment's purpose, nobody who complained. Asked of the
   contract itself, not of the models in between. #}
{% test only_consented(model) %}
with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

granted as (
    select distinct
        consents.email,
        consents.source,
        consents.source_customer_id,
        consents.purpose
    from {{ ref('unified_consents') }} as consents
    cross join as_of
    where
        consents.channel = 'email'
        and consents.consent_status = 'granted'
        and consents.recorded_at < cast(as_of.as_of_on as timestamp)
),

refused as (
    select events.email
    from {{ ref('unified_email_events') }} as events
    cross join as_of
    where events.event_type = 'complaint' and events.occurred_at < cast(as_of.as_of_on as timestamp)
),

permitted as (
    select
        email,
        purpose
    from granted
    where email is not null
    {{ segmentation.union_distinct() }}
    select
        customers.email,
        granted.purpose
    from granted
    inner join {{ ref('unified_customers') }} as customers
        on
            granted.source = customers.source
            and granted.source_customer_id = customers.source_customer_id
)

select memberships.*
from {{ model }} as memberships
left join {{ ref('segments') }} as segments on memberships.audience = segments.segment
left join permitted
    on memberships.email = permitted.email and segments.purpose = permitted.purpose
where permitted.email is null or memberships.email in (select email from refused)
{% endtest %}
