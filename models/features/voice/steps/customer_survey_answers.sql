with answers as (
    {{ segmentation.rows_of_people('unified_survey_responses', 'responded_at') }}
),

-- A score that is not on the scale is not used; data_quality_findings names it.
plausible as (
    select
        customer_id,
        source,
        response_id,
        survey,
        case when not {{ segmentation.is_impossible_score('survey', 'score') }} then score end as score,
        {{ segmentation.trimmed('answer') }} as answer,
        responded_at
    from answers
),

final as (
    select
        plausible.*,
        cast(responded_at as date) as responded_on,
        answer is not null and survey not in ('values', 'interests') as is_feedback,
        responded_at = max(responded_at) over (partition by customer_id, survey) as is_newest_survey,
        row_number() over (
            partition by customer_id, survey, case when score is null then 0 else 1 end
            order by responded_at desc, source, response_id
        ) as newest_rank
    from plausible
)

select * from final
