{#- Seen while dbt parses, which knows no columns yet. -#}
-- depends_on: {{ ref('screened_customers') }}, {{ ref('screened_campaigns') }}, {{ ref('screened_support_tickets') }}

with customers as (
    select
        customers.*,
        {{ segmentation.record_key('customers', 'customers') }} as record_key,
        as_of.as_of_on
    from {{ ref('unified_customers') }} as customers
    cross join {{ ref('as_of_day') }} as as_of
),

time_zones as (
    select * from {{ ref('time_zones') }}
),

unknown_time_zones as (
    select
        'customers' as table_name,
        'unknown_time_zone' as check_name,
        customers.source,
        customers.record_key,
        customers.time_zone as value,
        cast(customers.loaded_at as date) as first_seen_on
    from customers
    left join time_zones on lower(customers.time_zone) = lower(time_zones.time_zone)
    where customers.time_zone is not null and time_zones.time_zone is null
),

impossible_birth_dates as (
    select
        'customers' as table_name,
        'impossible_birth_date' as check_name,
        source,
        record_key,
        cast(birth_date as {{ dbt.type_string() }}) as value,
        cast(loaded_at as date) as first_seen_on
    from customers
    where {{ segmentation.is_impossible_birth_date('birth_date', 'as_of_on') }}
),

impossible_places as (
    select
        'customers' as table_name,
        'impossible_coordinates' as check_name,
        source,
        record_key,
        cast(latitude as {{ dbt.type_string() }}) || ' ' || cast(longitude as {{ dbt.type_string() }}) as value,
        cast(loaded_at as date) as first_seen_on
    from customers
    where {{ segmentation.is_impossible_place('latitude', 'longitude') }}
),

impossible_scores as (
    select
        'survey_responses' as table_name,
        'impossible_score' as check_name,
        source,
        {{ segmentation.record_key('survey_responses') }} as record_key,
        survey || ' ' || cast(score as {{ dbt.type_string() }}) as value,
        cast(loaded_at as date) as first_seen_on
    from {{ ref('unified_survey_responses') }}
    where {{ segmentation.is_impossible_score('survey', 'score') }}
    union all
    select
        'support_tickets' as table_name,
        'impossible_score' as check_name,
        source,
        {{ segmentation.record_key('support_tickets') }} as record_key,
        cast(satisfaction_score as {{ dbt.type_string() }}) as value,
        cast(loaded_at as date) as first_seen_on
    from {{ ref('unified_support_tickets') }}
    where {{ segmentation.is_impossible_score("'satisfaction'", 'satisfaction_score') }}
),

implausible_dates as (
    {% for table in ('customers', 'campaigns', 'support_tickets') %}
    {% for column in segmentation.optional_times(table) %}
    select
        '{{ table }}' as table_name,
        '{{ 'implausible_closing_date' if column == 'closed_at' else 'implausible_date' }}' as check_name,
        source,
        {{ segmentation.record_key(table) }} as record_key,
        '{{ column }} ' || cast({{ column }} as {{ dbt.type_string() }}) as value,
        cast(loaded_at as date) as first_seen_on
    from {{ ref('screened_' ~ table) }}
    where set_aside_because is null and {{ segmentation.is_implausible(column) }}
    union all
    {% endfor %}
    {% endfor %}
    select * from unknown_time_zones
    where false
),

final as (
    select * from unknown_time_zones
    union all
    select * from impossible_birth_dates
    union all
    select * from impossible_places
    union all
    select * from impossible_scores
    union all
    select * from implausible_dates
)

select * from final
