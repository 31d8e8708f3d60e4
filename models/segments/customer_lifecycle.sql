with features as (
    select * from {{ ref('customer_features') }}
),

-- Who can be written to: a subscriber who said no since is a lead.
permissions as (
    select * from {{ ref('email_permissions') }}
    where is_permitted and purpose = '{{ var("segmentation_default_purpose") }}'
),

thresholds as (
    {{ segmentation.settings('lifecycle_thresholds', [
        'new_customer_days', 'loyal_orders', 'own_rhythm_gaps', 'default_rhythm_days', 'shortest_rhythm_days',
        'longest_rhythm_days', 'at_risk_rhythms', 'lapsed_rhythms', 'churned_rhythms', 'won_back_days',
    ]) }}
),

with_rhythm as (
    select
        features.customer_id,
        features.as_of_on,
        features.orders,
        features.days_since_first_order,
        features.days_since_last_order,
        features.last_days_between_orders,
        permissions.customer_id is not null as is_subscribed,
        thresholds.*,
        features.purchase_days - 1 >= thresholds.own_rhythm_gaps as has_own_rhythm,
        case
            when features.purchase_days - 1 >= thresholds.own_rhythm_gaps
                then least(
                    greatest(features.median_days_between_orders, thresholds.shortest_rhythm_days),
                    thresholds.longest_rhythm_days
                )
            else thresholds.default_rhythm_days
        end as rhythm_days
    from features
    cross join thresholds
    left join permissions on features.customer_id = permissions.customer_id
),

staged as (
    select
        with_rhythm.*,
        case
            when orders = 0 and is_subscribed then 'subscriber'
            when orders = 0 then 'lead'
            when days_since_last_order > churned_rhythms * rhythm_days then 'churned'
            when days_since_last_order > lapsed_rhythms * rhythm_days then 'lapsed'
            when days_since_last_order > at_risk_rhythms * rhythm_days then 'at risk'
            when
                last_days_between_orders > lapsed_rhythms * rhythm_days
                and days_since_last_order <= won_back_days then 'won back'
            when orders >= loyal_orders then 'loyal'
            when orders > 1 then 'repeat'
            when days_since_first_order <= new_customer_days then 'new customer'
            else 'at risk'
        end as lifecycle_stage
    from with_rhythm
),

final as (
    select
        customer_id,
        as_of_on,
        lifecycle_stage,
        days_since_last_order,
        case when orders > 0 then cast(rhythm_days as numeric(9, 1)) end as rhythm_days,
        case when orders > 0 then has_own_rhythm end as has_own_rhythm
    from staged
)

select * from final
