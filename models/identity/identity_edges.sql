with shared as (
    select * from {{ ref('shared_identifiers') }}
),

-- A customer id of too many people is none: its rows are those of guests.
sightings as (
    select
        seen.source,
        case when shared.identifier_value is null then seen.source_customer_id end as source_customer_id,
        seen.email,
        seen.anonymous_id,
        seen.first_seen_at,
        seen.registered_at
    from {{ ref('identity_sightings') }} as seen
    left join shared
        on
            shared.identifier_type = 'customer_id'
            and seen.source = shared.source
            and seen.source_customer_id = shared.identifier_value
),

exceptions as (
    select * from {{ ref('identity_exceptions') }}
),

-- A record with a customer id is tied to each of its identifiers, a guest's e-mail to the visitor id.
-- A record without any other identifier is an edge to nothing, so that nobody is lost.
pairs as (
    select
        'customer_id' as record_type,
        source as record_source,
        source_customer_id as record_value,
        case when email is not null then 'email' end as identifier_type,
        email as identifier_value,
        first_seen_at,
        registered_at
    from sightings
    where source_customer_id is not null

    union all

    select
        'customer_id' as record_type,
        source as record_source,
        source_customer_id as record_value,
        'anonymous_id' as identifier_type,
        anonymous_id as identifier_value,
        first_seen_at,
        registered_at
    from sightings
    where source_customer_id is not null and anonymous_id is not null

    union all

    select
        'email' as record_type,
        cast(null as {{ dbt.type_string() }}) as record_source,
        sightings.email as record_value,
        case when sightings.anonymous_id is not null then 'anonymous_id' end as identifier_type,
        sightings.anonymous_id as identifier_value,
        sightings.first_seen_at,
        cast(null as timestamp) as registered_at
    from sightings
    left join shared on shared.identifier_type = 'email' and sightings.email = shared.identifier_value
    where sightings.source_customer_id is null and sightings.email is not null and shared.identifier_value is null
),

edges as (
    select
        record_type,
        record_source,
        record_value,
        identifier_type,
        identifier_value,
        record_type || '|' || coalesce(record_source, '') || '|' || record_value as record_node,
        identifier_type || '||' || identifier_value as identifier_node,
        min(first_seen_at) as first_seen_at,
        min(registered_at) as registered_at
    from pairs
    group by record_type, record_source, record_value, identifier_type, identifier_value
),

cut as (
    select
        edges.*,
        case
            when shared.identifier_value is not null then 'shared_identifier'
            when exists (
                select 1
                from exceptions
                where
                    exceptions.identifier_type = edges.identifier_type
                    and exceptions.identifier_value = edges.identifier_value
                    and (
                        exceptions.source_customer_id is null
                        or (
                            exceptions.source = edges.record_source
                            and exceptions.source_customer_id = edges.record_value
                        )
                    )
            ) then 'identity_exception'
        end as cut_because
    from edges
    left join shared
        on edges.identifier_type = shared.identifier_type and edges.identifier_value = shared.identifier_value
)

select * from cut
