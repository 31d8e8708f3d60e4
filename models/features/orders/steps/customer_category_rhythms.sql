with category_days as (
    select
        customer_id,
        category,
        ordered_on,
        order_lines,
        lag(ordered_on) over (partition by customer_id, category order by ordered_on) as previous_on,
        count(*) over (partition by customer_id, category) as purchase_days
    from {{ ref('customer_category_days') }}
),

thresholds as (
    {{ segmentation.settings(
        'feature_thresholds', ['replenishment_own_gaps', 'replenishment_category_gaps', 'replenishment_repeat_share']
    ) }}
),

counted as (
    select
        customer_id,
        category,
        max(purchase_days) as purchase_days,
        cast(sum(order_lines) as bigint) as order_lines,
        max(ordered_on) as last_bought_on
    from category_days
    group by customer_id, category
),

gaps as (
    select
        customer_id,
        category,
        purchase_days,
        {{ segmentation.days_between('previous_on', 'ordered_on') }} as gap_days
    from category_days
    where previous_on is not null
),

-- Most customers have bought a category once or twice: a median is only computed where it is used.
own as (
    select
        gaps.customer_id,
        gaps.category,
        {{ segmentation.percentile(0.5, 'gaps.gap_days') }} as median_gap_days
    from gaps
    cross join thresholds
    where gaps.purchase_days > thresholds.replenishment_own_gaps
    group by gaps.customer_id, gaps.category
),

category_gaps as (
    select
        category,
        count(*) as gaps,
        {{ segmentation.percentile(0.5, 'gap_days') }} as median_gap_days
    from gaps
    group by category
),

category_buyers as (
    select
        category,
        count(*) as buyers,
        sum(case when purchase_days > 1 then 1 else 0 end) as repeat_buyers
    from counted
    group by category
),

-- Whatever is hardly ever bought again runs out for nobody.
replenished as (
    select category_buyers.category
    from category_buyers
    inner join category_gaps on category_buyers.category = category_gaps.category
    cross join thresholds
    where
        category_gaps.gaps >= thresholds.replenishment_category_gaps
        and category_buyers.repeat_buyers >= thresholds.replenishment_repeat_share * category_buyers.buyers
),

with_rhythm as (
    select
        counted.*,
        cast(own.median_gap_days as numeric(9, 1)) as own_median_gap_days,
        cast(category_gaps.median_gap_days as numeric(9, 1)) as category_median_gap_days,
        -- Rounded up: nobody is reminded before the day.
        case
            when own.median_gap_days is not null then cast(ceil(own.median_gap_days) as integer)
            when replenished.category is not null then cast(ceil(category_gaps.median_gap_days) as integer)
        end as rhythm_days
    from counted
    left join own on counted.customer_id = own.customer_id and counted.category = own.category
    left join category_gaps on counted.category = category_gaps.category
    left join replenished on counted.category = replenished.category
),

final as (
    select
        with_rhythm.*,
        case when rhythm_days is not null then {{ segmentation.add_to_date('last_bought_on', 'rhythm_days') }} end as due_on
    from with_rhythm
)

select * from final
