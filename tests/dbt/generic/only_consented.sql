{# Nobody who did not say yes, or said no. Asked of what was delivered and of who is who, not of the models between
   them and the audiences, and in other words than theirs: a fault there is found here. `purpose` is the column that
   has it; without one it is that of the segment. #}
{% test only_consented(model, purpose=none) %}
{% set end = "cast(as_of.as_of_on as timestamp)" %}

with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

mailed as (
    {% if purpose %}
    select distinct customer_id, email, {{ purpose }} as purpose, '' as segment from {{ model }}
    {% else %}
    select distinct audiences.customer_id, audiences.email, segments.purpose, audiences.audience as segment
    from {{ model }} as audiences
    left join {{ ref('segments') }} as segments on audiences.audience = segments.segment
    {% endif %}
),

{{ segmentation.what_people_said() }},

-- A wrong or missing time: when it arrived, else at any time.
refusals as (
    select
        customer_id,
        purpose,
        case when set_aside_because is null then recorded_at else loaded_at end as refused_at,
        set_aside_because is not null and loaded_at is null as is_at_any_time
    from consents
    where
        (consent_status is null or consent_status not in ('granted', 'pending'))
        and (channel is null or channel in ('email', 'all'))
    union all
    select
        customer_id,
        'all' as purpose,
        case when set_aside_because is null then occurred_at else loaded_at end as refused_at,
        set_aside_because is not null and loaded_at is null as is_at_any_time
    from reported
    where event_type = 'unsubscribe'
),

corrected as (
    select
        coalesce(corrections.email, corrections.source || ' ' || corrections.source_customer_id) as bounced,
        max(corrections.corrected_on) as last_on
    from {{ ref('bounce_corrections') }} as corrections
    cross join as_of
    where corrections.corrected_on < as_of.as_of_on
    group by coalesce(corrections.email, corrections.source || ' ' || corrections.source_customer_id)
),

consented as (
    select
        mailed.customer_id,
        mailed.email,
        mailed.purpose,
        mailed.segment,
        max(consents.recorded_at) as granted_at
    from mailed
    cross join as_of
    left join consents
        on
            mailed.customer_id = consents.customer_id
            and mailed.email = consents.address
            and mailed.purpose = consents.purpose
            and consents.channel = 'email'
            and consents.consent_status = 'granted'
            and consents.set_aside_because is null
            and consents.recorded_at < {{ end }}
    group by mailed.customer_id, mailed.email, mailed.purpose, mailed.segment
),

faults as (
    select consented.*, 'no consent for the purpose at this address' as fault
    from consented
    where granted_at is null

    union all

    select consented.*, 'said no since' as fault
    from consented
    cross join as_of
    inner join refusals on consented.customer_id = refusals.customer_id
    where
        (refusals.purpose is null or refusals.purpose in ('all', consented.purpose))
        and (
            refusals.is_at_any_time
            or (
                refusals.refused_at < {{ end }}
                and (
                    refusals.refused_at >= consented.granted_at
                    -- A day without a time is the whole day.
                    or refusals.refused_at = cast(cast(consented.granted_at as date) as timestamp)
                )
            )
        )

    union all

    select consented.*, 'complained' as fault
    from consented
    cross join as_of
    inner join reported on consented.customer_id = reported.customer_id
    where
        reported.event_type = 'complaint'
        and (
            case when reported.set_aside_because is null then reported.occurred_at else reported.loaded_at end < {{ end }}
            or (reported.set_aside_because is not null and reported.loaded_at is null)
        )

    union all

    select consented.*, 'bounced' as fault
    from consented
    cross join as_of
    inner join reported
        on
            consented.customer_id = reported.customer_id
            and (reported.address is null or reported.address = consented.email)
    left join corrected
        on coalesce(reported.address, reported.source || ' ' || reported.source_customer_id) = corrected.bounced
    where
        reported.event_type = 'bounce'
        and (reported.bounce_type is null or reported.bounce_type != 'soft')
        and (
            corrected.last_on is null
            or (reported.set_aside_because is null and corrected.last_on < cast(reported.occurred_at as date))
        )
        and (
            case when reported.set_aside_because is null then reported.occurred_at else reported.loaded_at end < {{ end }}
            or (reported.set_aside_because is not null and reported.loaded_at is null)
        )

    union all

    select consented.*, 'the address is not this person''s alone' as fault
    from consented
    left join people
        on
            people.identifier_type = 'email'
            and consented.email = people.identifier_value
            and consented.customer_id = people.customer_id
    where
        people.customer_id is null
        or consented.email in (
            select identifier_value from {{ ref('shared_identifiers') }}
            where identifier_type = 'email'
        )

    union all

    select consented.*, 'under age' as fault
    from consented
    inner join {{ ref('customer_profiles') }} as profiles on consented.customer_id = profiles.customer_id
    where
        {{ segmentation.full_years_between('profiles.birth_date', 'profiles.as_of_on') }} < {{ var('segmentation_minimum_age') }}
        and consented.purpose not in ('transactional', 'service')

    union all

    select consented.*, 'held out' as fault
    from consented
    inner join {{ ref('experiment_assignments') }} as arms
        on consented.customer_id = arms.customer_id and consented.segment = arms.segment
    where arms.is_holdout and arms.is_running
)

select * from faults
{% endtest %}
