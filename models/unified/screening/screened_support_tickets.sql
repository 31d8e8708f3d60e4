{{ config(pre_hook="{{ segmentation.stop_on_wrong_types('support_tickets') }}") }}

with {{ segmentation.mark_duplicates('support_tickets') }},

screened as (
    select
        marked.*,
        case
            when duplicate_check is not null then duplicate_check
            when {{ segmentation.lacks_required_value('support_tickets') }} then 'missing_value'
            when {{ segmentation.is_implausible('opened_at') }} then 'implausible_date'
            when {{ segmentation.is_future('opened_at') }} then 'future_date'
        end as set_aside_because
    from marked
)

select * from screened
