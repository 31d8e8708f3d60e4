{{ config(pre_hook="{{ segmentation.stop_on_wrong_types('customers') }}") }}

with {{ segmentation.mark_duplicates('customers') }},

screened as (
    select
        marked.*,
        case
            when duplicate_check is not null then duplicate_check
            when {{ segmentation.lacks_required_value('customers') }} then 'missing_value'
            when {{ segmentation.is_future('signed_up_at') }} then 'future_date'
        end as set_aside_because
    from marked
)

select * from screened
