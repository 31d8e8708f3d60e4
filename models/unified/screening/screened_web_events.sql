with {{ segmentation.mark_duplicates('web_events', ref('repeated_web_events')) }},

screened as (
    select
        marked.*,
        case
            when duplicate_check is not null then duplicate_check
            when {{ segmentation.lacks_required_value('web_events') }} then 'missing_value'
            when {{ segmentation.is_implausible('occurred_at') }} then 'implausible_date'
            when {{ segmentation.is_future('occurred_at') }} then 'future_date'
            when event_type not in ({{ segmentation.quoted(segmentation.web_event_types()) }}) then 'unknown_event_type'
        end as set_aside_because
    from marked
)

select * from screened
