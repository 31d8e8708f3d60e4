with permissions as (
    select * from {{ ref('email_permissions') }}
    where is_permitted
),

features as (
    select * from {{ ref('customer_features') }}
),

profiles as (
    select * from {{ ref('customer_profiles') }}
),

lifecycle as (
    select * from {{ ref('customer_lifecycle') }}
),

rfm as (
    select * from {{ ref('customer_rfm') }}
),

-- One address a person: that of the default purpose, else of the newest consent.
ranked as (
    select
        permissions.*,
        row_number() over (
            partition by customer_id
            order by
                case when purpose = '{{ var("segmentation_default_purpose") }}' then 1 else 2 end,
                consented_at desc,
                purpose
        ) as choice_rank
    from permissions
),

final as (
    select
        ranked.customer_id,
        ranked.email,
        profiles.first_name,
        profiles.last_name,
        profiles.language,
        profiles.time_zone,
        profiles.country,
        profiles.region,
        profiles.city,
        profiles.signup_source,
        profiles.signed_up_on,
        features.age_band,
        lifecycle.lifecycle_stage,
        rfm.rfm_segment,
        features.orders,
        features.net_revenue,
        features.average_order_value,
        features.first_order_on,
        features.last_order_on,
        features.favourite_category,
        ranked.purpose as consent_purpose,
        ranked.consented_at
    from ranked
    inner join features on ranked.customer_id = features.customer_id
    inner join profiles on ranked.customer_id = profiles.customer_id
    left join lifecycle on ranked.customer_id = lifecycle.customer_id
    left join rfm on ranked.customer_id = rfm.customer_id
    where ranked.choice_rank = 1
)

select * from final
