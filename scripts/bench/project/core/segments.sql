-- RFM scores and segments, the lifecycle, and the cohorts by month of the first order.
create temp table rfm as
with buyers as (
    select
        customer_id,
        getvariable('as_of') - last_order_on as recency_days,
        orders as frequency,
        revenue_cents - refund_cents as monetary_cents
    from order_features
),
edges as (
    select
        list_transform(quantile_cont(recency_days::double, [0.2, 0.4, 0.6, 0.8]), lambda e: e + 1) as recency,
        list_transform(quantile_cont(frequency::double, [0.2, 0.4, 0.6, 0.8]), lambda e: e + 1) as frequency,
        list_transform(quantile_cont(monetary_cents / 100, [0.2, 0.4, 0.6, 0.8]), lambda e: e + 1) as monetary
    from buyers
),
scored as (
    select
        buyers.*,
        case
            when recency_days < recency[1] then 5 when recency_days < recency[2] then 4
            when recency_days < recency[3] then 3 when recency_days < recency[4] then 2 else 1
        end as recency_score,
        case
            when buyers.frequency < edges.frequency[1] then 1 when buyers.frequency < edges.frequency[2] then 2
            when buyers.frequency < edges.frequency[3] then 3 when buyers.frequency < edges.frequency[4] then 4 else 5
        end as frequency_score,
        case
            when monetary_cents / 100 < monetary[1] then 1 when monetary_cents / 100 < monetary[2] then 2
            when monetary_cents / 100 < monetary[3] then 3 when monetary_cents / 100 < monetary[4] then 4 else 5
        end as monetary_score
    from buyers, edges
),
named as (
    select recency_score, frequency_score, monetary_score, min_by(rfm_segment, priority) as rfm_segment
    from (select distinct recency_score, frequency_score, monetary_score from scored)
    join read_csv(getvariable('rules') || '/rfm_segment_map.csv') as map
        on
            map_name = 'recency_frequency'
            and recency_score between recency_min and recency_max
            and frequency_score between frequency_min and frequency_max
            and monetary_score between monetary_min and monetary_max
    group by all
)
select scored.*, coalesce(rfm_segment, 'Others') as rfm_segment
from scored
left join named using (recency_score, frequency_score, monetary_score);

create temp table lifecycle as
with rules as (
    pivot (
        select threshold, setting from read_csv(getvariable('rules') || '/lifecycle_thresholds.csv')
    ) on threshold using max(setting)
),
shop as (
    select median(doubled_median_gap_days) / 2 as median_gap_days, sum(purchase_days - 1) as gaps
    from order_features
),
rhythms as (
    select
        everybody.customer_id,
        orders,
        rules.*,
        kept_purchase_days,
        subscribers.customer_id is not null as is_subscribed,
        getvariable('as_of') - last_order_on as since_last,
        last_gap_days,
        least(
            greatest(
                case
                    when purchase_days - 1 >= own_rhythm_gaps then doubled_median_gap_days / 2
                    when gaps >= own_rhythm_gaps then median_gap_days
                    else default_rhythm_days
                end,
                shortest_rhythm_days
            ),
            longest_rhythm_days
        ) as rhythm
    from everybody
    cross join rules
    cross join shop
    left join order_features using (customer_id)
    left join subscribers using (customer_id)
)
select
    customer_id,
    case
        when orders is null then if(is_subscribed, 'subscriber', 'lead')
        when since_last > churned_rhythms * rhythm then 'churned'
        when since_last > lapsed_rhythms * rhythm then 'lapsed'
        when since_last > at_risk_rhythms * rhythm then 'at risk'
        when last_gap_days > lapsed_rhythms * rhythm and since_last <= won_back_days then 'won back'
        when kept_purchase_days >= loyal_purchase_days then 'loyal'
        when kept_purchase_days > 1 then 'repeat'
        else 'new customer'
    end as lifecycle_stage
from rhythms;

create temp table cohorts as
with months as (
    select unnest(generate_series(
        (select date_trunc('month', min(ordered_on)) from purchases),
        getvariable('as_of') - interval 1 day,
        interval 1 month
    ))::date as month_on
),
active as (
    select distinct customer_id, date_trunc('month', ordered_on)::date as month_on from purchases
),
firsts as (
    select customer_id, min(month_on) as cohort_on from active group by customer_id
),
counted as (
    select cohort_on, month_on, count(*) as active_customers
    from active
    join firsts using (customer_id)
    group by cohort_on, month_on
)
select
    cohorts.month_on as cohort_on,
    months.month_on as period_on,
    date_diff('month', cohorts.month_on, months.month_on) as period_number,
    coalesce(sizes.active_customers, 0) as cohort_customers,
    coalesce(counted.active_customers, 0) as active_customers,
    -- Millionths, rounded half up.
    if(
        cohort_customers > 0,
        (2_000_000 * coalesce(counted.active_customers, 0) + cohort_customers) // (2 * cohort_customers),
        null
    ) as retention_ppm
from months as cohorts
join months on cohorts.month_on <= months.month_on
left join counted as sizes on cohorts.month_on = sizes.cohort_on and cohorts.month_on = sizes.month_on
left join counted on cohorts.month_on = counted.cohort_on and months.month_on = counted.month_on;
