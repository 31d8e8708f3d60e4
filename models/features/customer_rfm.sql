with features as (
    select * from {{ ref('customer_features') }}
),

segment_map as (
    select * from {{ ref('rfm_segment_map') }}
    where map_name = '{{ var("segmentation_rfm_map") }}'
),

buyers as (
    select
        customer_id,
        as_of_on,
        days_since_last_order as recency_days,
        orders as frequency,
        net_revenue as monetary
    from features
    where orders > 0
),

{{ segmentation.rfm_scores(var('segmentation_rfm_method')) }},

-- 125 combinations at most: the map is searched once for each, not once for each customer.
combinations as (
    select distinct
        recency_score,
        frequency_score,
        monetary_score
    from scored
),

matches as (
    select
        combinations.*,
        segment_map.rfm_segment,
        row_number() over (
            partition by combinations.recency_score, combinations.frequency_score, combinations.monetary_score
            order by segment_map.priority
        ) as match_rank
    from combinations
    inner join segment_map
        on
            combinations.recency_score between segment_map.recency_min and segment_map.recency_max
            and combinations.frequency_score between segment_map.frequency_min and segment_map.frequency_max
            and combinations.monetary_score between segment_map.monetary_min and segment_map.monetary_max
),

final as (
    select
        scored.customer_id,
        scored.as_of_on,
        scored.recency_days,
        scored.frequency,
        scored.monetary,
        scored.recency_score,
        scored.frequency_score,
        scored.monetary_score,
        coalesce(matches.rfm_segment, 'Others') as rfm_segment
    from scored
    left join matches
        on
            scored.recency_score = matches.recency_score
            and scored.frequency_score = matches.frequency_score
            and scored.monetary_score = matches.monetary_score
            and matches.match_rank = 1
)

select * from final
