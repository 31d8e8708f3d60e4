with scores as (
    {{ segmentation.rows_of_people('unified_external_scores', 'scored_at') }}
),

ranked as (
    select
        scores.*,
        row_number() over (
            partition by customer_id, score_name
            order by scored_at desc, source, score_id
        ) as newest_rank
    from scores
),

final as (
    select
        customer_id,
        score_name,
        score_value,
        cast(scored_at as date) as scored_on,
        model,
        source
    from ranked
    where newest_rank = 1
)

select * from final
