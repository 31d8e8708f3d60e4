with sightings as (
    select * from {{ ref('identity_sightings') }}
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
        first_seen_at
    from sightings
    where source_customer_id is not null

    union all

    select
        'customer_id' as record_type,
        source as record_source,
        source_customer_id as record_value,
        'anonymous_id' as identifier_type,
        anonymous_id as identifier_value,
        first_seen_at
    from sightings
    where source_customer_id is not null and anonymous_id is not null

    union all

    select
        'email' as record_type,
        cast(null as {{ dbt.type_string() }}) as record_source,
        email as record_value,
        case when anonymous_id is not null then 'anonymous_id' end as identifier_type,
        anonymous_id as identifier_value,
        first_seen_at
    from sightings
    where source_customer_id is null and email is not null
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
        min(first_seen_at) as first_seen_at
    from pairs
    group by record_type, record_source, record_value, identifier_type, identifier_value
),

customers_per_identifier as (
    select
        identifier_node,
        count(*) as customer_records
    from edges
    where record_type = 'customer_id' and identifier_node is not null
    group by identifier_node
    having count(*) > 1
),

cut as (
    select
        edges.*,
        case
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
            when
                customers_per_identifier.customer_records > case edges.identifier_type
                    when 'email' then {{ var('segmentation_max_customers_per_email') }}
                    else {{ var('segmentation_max_customers_per_anonymous_id') }}
                end then 'shared_identifier'
        end as cut_because
    from edges
    left join customers_per_identifier on edges.identifier_node = customers_per_identifier.identifier_node
)

select * from cut
