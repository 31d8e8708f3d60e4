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
        'loyal_purchase_days', 'own_rhythm_gaps', 'default_rhythm_days', 'shortest_rhythm_days',
        'longest_rhythm_days', 'at_risk_rhythms', 'lapsed_rhythms', 'churned_rhythms', 'won_back_days',
    ]) }}
),

shop as (
    select * from {{ ref('shop_rhythm') }}
),

with_rhythm as (
    select
        features.customer_id,
        features.as_of_on,
        features.orders,
        features.kept_purchase_days,
        features.days_since_last_order,
        features.last_days_between_orders,
        permissions.customer_id is not null as is_subscribed,
        thresholds.*,
        features.purchase_days - 1 >= thresholds.own_rhythm_gaps as has_own_rhythm,
        -- Whoever has bought too few times for a rhythm is measured by that of all others.
        least(
            greatest(
                case
                    when features.purchase_days - 1 >= thresholds.own_rhythm_gaps then features.median_days_between_orders
                    when shop.gaps >= thresholds.own_rhythm_gaps then shop.median_gap_days
                    else thresholds.default_rhythm_days
                end,
                thresholds.shortest_rhythm_days
            ),
            thresholds.longest_rhythm_days
        ) as rhythm_days
    from features
    cross join thresholds
    cross join shop
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
            when kept_purchase_days >= loyal_purchase_days then 'loyal'
            when kept_purchase_days > 1 then 'repeat'
            else 'new customer'
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
