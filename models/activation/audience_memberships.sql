with permitted as (
    select * from {{ ref('permitted_members') }}
),

final as (
    select
        segment as audience,
        customer_id,
        email,
        is_main_address,
        entered_on,
        consent_purpose,
        consented_at
    from permitted
    where entered_on is not null
)

select * from final
