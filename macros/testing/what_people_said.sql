{# CTEs for tests of consent, over a CTE `people` (customer_identifiers): `consents`, each decision, and `reported`, each
   unsubscribe, complaint and bounce, once for every person that one of its identifiers belongs to. As delivered:
   what was set aside for a wrong value is there, other copies of the same row are not. #}
{% macro what_people_said() %}
    {%- set named_by = {
        'email': "people.identifier_type = 'email' and people.identifier_value = said.email",
        'customer_id': "people.identifier_type = 'customer_id' and people.source = said.source"
            ~ " and people.identifier_value = said.source_customer_id",
    } -%}
-- Who said what: each row once for every person that one of its identifiers belongs to.
consents as (
    {% for identifier in ('email', 'customer_id') %}
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
    {% for identifier in ('email', 'customer_id') %}
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
