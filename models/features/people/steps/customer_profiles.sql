with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

identifiers as (
    select * from {{ ref('customer_identifiers') }}
),

records as (
    select * from {{ ref('unified_customers') }}
),

people as (
    select
        customer_id,
        min(first_seen_at) as first_seen_at
    from identifiers
    group by customer_id
),

-- What cannot be true is not used; data_quality_findings names it.
plausible_records as (
    select
        records.*,
        case when not {{ segmentation.is_impossible_birth_date('records.birth_date', 'as_of.as_of_on') }} then records.birth_date end
            as plausible_birth_date,
        coalesce({{ segmentation.is_impossible_place('records.latitude', 'records.longitude') }}, true) as is_nowhere
    from records
    cross join as_of
),

-- A person with several records is described by the newest; the order of rows never matters.
ranked_records as (
    select
        identifiers.customer_id,
        records.*,
        row_number() over (
            partition by identifiers.customer_id
            order by records.signed_up_at desc nulls last, records.source, records.source_customer_id
        ) as newest_rank,
        min(records.signed_up_at) over (partition by identifiers.customer_id) as first_signed_up_at
    from plausible_records as records
    cross join as_of
    inner join identifiers
        on
            identifiers.identifier_type = 'customer_id'
            and records.source = identifiers.source
            and records.source_customer_id = identifiers.identifier_value
    where coalesce(records.signed_up_at, cast('1970-01-01' as timestamp)) < cast(as_of.as_of_on as timestamp)
),

time_zones as (
    select * from {{ ref('time_zones') }}
),

shared_emails as (
    select identifier_value as email from {{ ref('shared_identifiers') }}
    where identifier_type = 'email'
),

emails as (
    select
        customer_id,
        identifier_value as email,
        row_number() over (
            partition by customer_id
            order by first_seen_at desc, identifier_value
        ) as newest_rank
    from identifiers
    where identifier_type = 'email'
),

final as (
    select
        people.customer_id,
        as_of.as_of_on,
        coalesce(case when shared_emails.email is null then records.email end, emails.email) as email,
        records.first_name,
        records.last_name,
        case when people.first_seen_at > cast('1970-01-01' as timestamp) then cast(people.first_seen_at as date) end
            as first_seen_on,
        cast(records.first_signed_up_at as date) as signed_up_on,
        records.signup_source,
        records.plausible_birth_date as birth_date,
        {{ segmentation.full_years_between('records.plausible_birth_date', 'as_of.as_of_on') }} as age_years,
        records.gender,
        records.country,
        records.region,
        records.city,
        records.postal_code,
        case when not records.is_nowhere then records.latitude end as latitude,
        case when not records.is_nowhere then records.longitude end as longitude,
        records.language,
        cast(time_zones.time_zone as {{ dbt.type_string() }}) as time_zone
    from people
    cross join as_of
    left join ranked_records as records
        on people.customer_id = records.customer_id and records.newest_rank = 1
    left join time_zones on lower(records.time_zone) = lower(time_zones.time_zone)
    left join shared_emails on records.email = shared_emails.email
    left join emails
        on people.customer_id = emails.customer_id and emails.newest_rank = 1
)

select * from final
