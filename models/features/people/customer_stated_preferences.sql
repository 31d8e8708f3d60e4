with statements as (
    {{ segmentation.rows_of_people('unified_preferences', 'recorded_at') }}
),

-- Shoes and shoes are one preference. Of frequencies only one can be in force, whatever its value.
ranked as (
    select
        statements.*,
        row_number() over (
            partition by
                customer_id,
                preference_type,
                case when preference_type != 'email_frequency' then lower(preference_value) end
            order by recorded_at desc, is_wanted, preference_value, source, preference_id
        ) as newest_rank
    from statements
),

final as (
    select
        customer_id,
        preference_type,
        preference_value,
        is_wanted,
        cast(recorded_at as date) as recorded_on
    from ranked
    where newest_rank = 1
)

select * from final
