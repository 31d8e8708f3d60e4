{# CTEs for tests of consent: `people`, with each identifier of theirs and each address that an e-mail tool wrote to
   them at; `consents`, each decision, and `reported`, each
   unsubscribe, complaint and bounce, once for every person that one of its identifiers belongs to. As delivered:
   what was set aside for a wrong value is there, other copies of the same row are not. #}
{% macro what_people_said() %}
    {%- set named_by = {
        'email': "people.identifier_type = 'email' and people.identifier_value = said.email",
        'mailed': "people.identifier_type = 'mailed' and people.identifier_value = said.email",
        'customer_id': "people.identifier_type = 'customer_id' and people.source = said.source"
            ~ " and people.identifier_value = said.source_customer_id",
    } -%}
-- Who said what: each row once for every person that one of its identifiers belongs to.
people as (
    select
        customer_id,
        identifier_type,
        source,
        identifier_value
    from {{ ref('customer_identifiers') }}
    {{ segmentation.union_distinct() }}
    select
        known.customer_id,
        'mailed' as identifier_type,
        {{ segmentation.null_text() }} as source,
        mails.email as identifier_value
    from {{ ref('unified_email_events') }} as mails
    cross join as_of
    inner join {{ ref('customer_identifiers') }} as known
        on
            known.identifier_type = 'customer_id'
            and mails.source = known.source
            and mails.source_customer_id = known.identifier_value
    where mails.email is not null and mails.occurred_at < cast(as_of.as_of_on as timestamp)
),

consents as (
    {% for identifier in named_by %}
    select
        people.customer_id,
        said.channel,
        said.purpose,
        said.consent_status,
        said.recorded_at,
        said.loaded_at,
        said.set_aside_because,
        coalesce(said.email, records.email) as address
    from {{ ref('screened_consents') }} as said
    inner join people on {{ named_by[identifier] }}
    left join {{ ref('unified_customers') }} as records
        on said.source = records.source and said.source_customer_id = records.source_customer_id
    where coalesce(said.set_aside_because, '') not in ('exact_duplicate', 'conflicting_duplicate')
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

reports as (
    select * from {{ ref('screened_email_events') }}
    where
        event_type in ('unsubscribe', 'complaint', 'bounce')
        and coalesce(set_aside_because, '') not in ('exact_duplicate', 'conflicting_duplicate')
),

reported as (
    {% for identifier in named_by %}
    select
        people.customer_id,
        said.source,
        said.source_customer_id,
        said.event_type,
        said.bounce_type,
        said.email as address,
        said.occurred_at,
        said.loaded_at,
        said.set_aside_because
    from reports as said
    inner join people on {{ named_by[identifier] }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)
{%- endmacro %}
