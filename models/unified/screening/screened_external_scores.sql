{{ config(pre_hook="{{ segmentation.stop_on_wrong_types('external_scores') }}") }}

with {{ segmentation.mark_duplicates('external_scores') }},

screened as (
    select
        marked.*,
        case
            when duplicate_check is not null then duplicate_check
            when {{ segmentation.lacks_required_value('external_scores') }} then 'missing_value'
            when {{ segmentation.is_implausible('scored_at') }} then 'implausible_date'
            when {{ segmentation.is_future('scored_at') }} then 'future_date'
        end as set_aside_because
    from marked
)

select * from screened
