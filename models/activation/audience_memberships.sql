with members as (
    select * from {{ ref('segment_members') }}
),

segments as (
    select * from {{ ref('segments') }}
),

consents as (
    select * from {{ ref('customer_consents') }}
    where channel = 'email' and is_granted
),

profiles as (
    select * from {{ ref('audience_profiles') }}
),

held_out as (
    select distinct
        segment,
        customer_id
    from {{ ref('experiment_assignments') }}
    where is_holdout and is_running
),

-- Inner joins throughout: whoever lacks the consent for the segment's purpose, or a profile, is not there.
-- Nor is who is held out by a running experiment.
final as (
    select
        members.segment as audience,
        members.customer_id,
        profiles.email,
        members.entered_on,
        consents.purpose as consent_purpose,
        consents.recorded_at as consented_at
    from members
    inner join segments on members.segment = segments.segment
    inner join consents
        on members.customer_id = consents.customer_id and segments.purpose = consents.purpose
    inner join profiles on members.customer_id = profiles.customer_id
    left join held_out
        on members.segment = held_out.segment and members.customer_id = held_out.customer_id
    where held_out.customer_id is null
)

select * from final
