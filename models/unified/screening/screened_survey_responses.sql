{{ config(pre_hook="{{ segmentation.stop_on_wrong_types('survey_responses') }}") }}

with {{ segmentation.mark_duplicates('survey_responses') }},

screened as (
    select
        marked.*,
        case
            when duplicate_check is not null then duplicate_check
            when {{ segmentation.lacks_required_value('survey_responses') }} then 'missing_value'
            when {{ segmentation.is_implausible('responded_at') }} then 'implausible_date'
            when {{ segmentation.is_future('responded_at') }} then 'future_date'
        end as set_aside_because
    from marked
)

select * from screened
