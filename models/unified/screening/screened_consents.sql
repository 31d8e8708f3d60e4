{{ config(pre_hook="{{ segmentation.stop_on_wrong_types('consents') }}") }}

with {{ segmentation.mark_duplicates('consents') }},

screened as (
    select
        marked.*,
        case
            when duplicate_check is not null then duplicate_check
            when {{ segmentation.lacks_required_value('consents') }} then 'missing_value'
            when {{ segmentation.is_implausible('recorded_at') }} then 'implausible_date'
            when {{ segmentation.is_future('recorded_at') }} then 'future_date'
        end as set_aside_because
    from marked
)

select * from screened
