{{ config(pre_hook="{{ segmentation.stop_on_wrong_types('refunds') }}") }}

with {{ segmentation.mark_duplicates('refunds') }},

screened as (
    select
        marked.*,
        case
            when duplicate_check is not null then duplicate_check
            when {{ segmentation.lacks_required_value('refunds') }} then 'missing_value'
            when {{ segmentation.is_implausible('refunded_at') }} then 'implausible_date'
            when {{ segmentation.is_future('refunded_at') }} then 'future_date'
        end as set_aside_because
    from marked
)

select * from screened
