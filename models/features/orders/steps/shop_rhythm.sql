-- Each customer counts once: among all gaps those of the few who buy every week would be the most.
with customers as (
    select
        purchase_days,
        cast(median_gap_days as numeric(9, 1)) as median_gap_days
    from {{ ref('customer_order_features') }}
    where purchase_days > 1
),

final as (
    select
        cast(coalesce(sum(purchase_days - 1), 0) as bigint) as gaps,
        cast({{ segmentation.percentile(0.5, 'median_gap_days') }} as numeric(9, 2)) as median_gap_days
    from customers
)

select * from final
