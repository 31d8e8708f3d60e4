with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

bought as (
    select * from {{ ref('customer_category_rhythms') }}
),

stated as (
    select distinct
        customer_id,
        lower(preference_value) as category_in_lower_case
    from {{ ref('customer_stated_preferences') }}
    where preference_type = 'product_interest' and is_wanted
),

thresholds as (
    {{ segmentation.settings('feature_thresholds', ['affinity_half_life_days', 'affinity_of_a_view']) }}
),

views as (
    select
        customer_id,
        interest as category,
        occurred_on,
        views
    from {{ ref('customer_interest_days') }}
    where interest_type = 'category' and views > 0
),

-- What shows an interest in a category, per day: how often, and how much one of them counts. A further
-- signal is one more select here.
signals as (
    select
        customer_id,
        category,
        ordered_on as happened_on,
        order_lines,
        0 as views
    from {{ ref('customer_category_days') }}
    union all
    select
        customer_id,
        category,
        occurred_on as happened_on,
        0 as order_lines,
        views
    from views
),

-- Whole millionths per day: whole numbers have the same sum in any order and on every engine. round() of a
-- float takes a half to the even neighbour on some engines only, and whole half-lives end in halves.
weighted as (
    select
        signals.customer_id,
        signals.category,
        signals.views,
        cast(
            floor(
                1000000 * (signals.order_lines + signals.views * thresholds.affinity_of_a_view) * power(
                    cast(0.5 as {{ segmentation.double_type() }}),
                    cast({{ segmentation.days_between('signals.happened_on', 'as_of.as_of_on') }} as {{ segmentation.double_type() }})
                    / cast(thresholds.affinity_half_life_days as {{ segmentation.double_type() }})
                ) + 0.5
            ) as bigint
        ) as weight
    from signals
    cross join as_of
    cross join thresholds
),

summed as (
    select
        customer_id,
        category,
        cast(sum(weight) as bigint) as weight,
        cast(sum(views) as bigint) as views
    from weighted
    group by customer_id, category
),

totalled as (
    select
        summed.*,
        cast(sum(weight) over (partition by customer_id) as bigint) as total_weight
    from summed
),

final as (
    select
        totalled.customer_id,
        as_of.as_of_on,
        totalled.category,
        cast(cast(totalled.weight as numeric(24, 6)) / 1000000 as numeric(18, 6)) as affinity,
        cast(coalesce({{ segmentation.share('totalled.weight', 'totalled.total_weight') }}, 0) as numeric(9, 6)) as affinity_share,
        cast(row_number() over (
            partition by totalled.customer_id
            order by totalled.weight desc, bought.last_bought_on desc nulls last, totalled.category
        ) as integer) as affinity_rank,
        cast(coalesce(bought.order_lines, 0) as bigint) as order_lines,
        cast(coalesce(bought.purchase_days, 0) as bigint) as purchase_days,
        totalled.views,
        stated.customer_id is not null as is_stated_interest,
        bought.last_bought_on,
        bought.own_median_gap_days as median_days_between_purchases,
        bought.category_median_gap_days as category_median_days_between_purchases,
        bought.due_on as replenishment_due_on,
        {{ segmentation.days_between('as_of.as_of_on', 'bought.due_on') }} as days_until_due
    from totalled
    cross join as_of
    left join bought
        on totalled.customer_id = bought.customer_id and totalled.category = bought.category
    left join stated
        on totalled.customer_id = stated.customer_id and lower(totalled.category) = stated.category_in_lower_case
)

select * from final
