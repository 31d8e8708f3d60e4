with members as (
    select * from {{ ref('segment_members') }}
),

told as (
    select distinct
        segment,
        customer_id
    from {{ ref('told_events') }}
),

-- Who is in a segment now, and whose entry or exit is told.
concerned as (
    select
        coalesce(members.segment, told.segment) as segment,
        coalesce(members.customer_id, told.customer_id) as customer_id,
        members.entered_on
    from members
    full outer join told
        on members.segment = told.segment and members.customer_id = told.customer_id
),

segments as (
    select * from {{ ref('segments') }}
),

permissions as (
    select * from {{ ref('email_permissions') }}
    where is_permitted
),

profiles as (
    select
        customer_id,
        email
    from {{ ref('audience_profiles') }}
),

held_out as (
    select distinct
        segment,
        customer_id
    from {{ ref('experiment_assignments') }}
    where is_holdout and is_running
),

-- Inner joins throughout: whoever may not be mailed for the segment's purpose is not there. Nor is who is held out by
-- a running experiment. The address is the one that the consent for this purpose was given for.
final as (
    select
        concerned.segment,
        concerned.customer_id,
        permissions.email,
        permissions.email = profiles.email as is_main_address,
        concerned.entered_on,
        permissions.purpose as consent_purpose,
        permissions.consented_at
    from concerned
    inner join segments on concerned.segment = segments.segment
    inner join permissions
        on concerned.customer_id = permissions.customer_id and segments.purpose = permissions.purpose
    inner join profiles on concerned.customer_id = profiles.customer_id
    left join held_out
        on concerned.segment = held_out.segment and concerned.customer_id = held_out.customer_id
    where held_out.customer_id is null
)

select * from final
