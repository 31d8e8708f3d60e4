with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

sightings as (
    select * from {{ ref('identity_sightings') }}
),

many_emails as (
    select
        source,
        source_customer_id,
        count(distinct email) as records,
        min(first_seen_at) as first_seen_at
    from sightings
    where source_customer_id is not null and email is not null
    group by source, source_customer_id
    having count(distinct email) > {{ var('segmentation_max_emails_per_customer') }}
),

-- Such an id is nobody, so it is not one of the customers of an address either.
customers as (
    select sightings.*
    from sightings
    left join many_emails
        on sightings.source = many_emails.source and sightings.source_customer_id = many_emails.source_customer_id
    where sightings.source_customer_id is not null and many_emails.source is null
),

users as (
    select
        'email' as identifier_type,
        email as identifier_value,
        source,
        source_customer_id,
        min(first_seen_at) as first_seen_at
    from customers
    where email is not null
    group by email, source, source_customer_id

    union all

    select
        'anonymous_id' as identifier_type,
        anonymous_id as identifier_value,
        source,
        source_customer_id,
        min(first_seen_at) as first_seen_at
    from customers
    where anonymous_id is not null
    group by anonymous_id, source, source_customer_id
),

customers_per_identifier as (
    select
        identifier_type,
        identifier_value,
        count(*) as records,
        min(first_seen_at) as first_seen_at
    from users
    group by identifier_type, identifier_value
),

-- A person with such an address is possible, a second record at it is the till's next customer.
till_records as (
    select
        identifier_value as email,
        records,
        first_seen_at
    from customers_per_identifier
    where identifier_type = 'email' and {{ segmentation.is_till_address('identifier_value') }}

    union all

    select
        orders.email,
        count(*) as records,
        min(orders.ordered_at) as first_seen_at
    from {{ ref('unified_orders') }} as orders
    cross join as_of
    left join many_emails
        on orders.source = many_emails.source and orders.source_customer_id = many_emails.source_customer_id
    where
        orders.ordered_at < cast(as_of.as_of_on as timestamp)
        and (orders.source_customer_id is null or many_emails.source is not null)
        and {{ segmentation.is_till_address('orders.email') }}
    group by orders.email
),

till_addresses as (
    select
        email,
        sum(records) as records,
        min(first_seen_at) as first_seen_at
    from till_records
    group by email
    having sum(records) > 1
),

found as (
    select
        'customer_id' as identifier_type,
        source,
        source_customer_id as identifier_value,
        'too_many_emails' as shared_because,
        records,
        first_seen_at
    from many_emails

    union all

    select
        'email' as identifier_type,
        {{ segmentation.null_text() }} as source,
        email as identifier_value,
        'till_address' as shared_because,
        records,
        first_seen_at
    from till_addresses

    union all

    select
        customers_per_identifier.identifier_type,
        {{ segmentation.null_text() }} as source,
        customers_per_identifier.identifier_value,
        'too_many_customers' as shared_because,
        customers_per_identifier.records,
        customers_per_identifier.first_seen_at
    from customers_per_identifier
    left join till_addresses
        on
            customers_per_identifier.identifier_type = 'email'
            and customers_per_identifier.identifier_value = till_addresses.email
    where
        till_addresses.email is null
        and customers_per_identifier.records > case customers_per_identifier.identifier_type
            when 'email' then {{ var('segmentation_max_customers_per_email') }}
            else {{ var('segmentation_max_customers_per_anonymous_id') }}
        end
),

final as (
    select
        cast(identifier_type as {{ dbt.type_string() }}) as identifier_type,
        source,
        identifier_value,
        cast(shared_because as {{ dbt.type_string() }}) as shared_because,
        cast(records as bigint) as records,
        first_seen_at
    from found
)

select * from final
