{{ config(enabled=segmentation.is_switched_on(model)) }}

with features as (
    select * from {{ ref('customer_features') }}
),

thresholds as (
    {{ segmentation.settings('segment_thresholds', ['minimum_net_revenue', 'factor'], "segment = 'rising_value'") }}
)

select features.customer_id
from features
cross join thresholds
where
    features.net_revenue_prior_90d >= thresholds.minimum_net_revenue
    and features.net_revenue_90d >= thresholds.factor * features.net_revenue_prior_90d
    and features.net_revenue_90d > features.net_revenue_90d_year_ago
