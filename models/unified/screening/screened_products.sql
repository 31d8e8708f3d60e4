{{ config(pre_hook="{{ segmentation.stop_on_wrong_types('products') }}") }}

with {{ segmentation.mark_duplicates('products') }},

screened as (
    select
        marked.*,
        case
            when duplicate_check is not null then duplicate_check
            when {{ segmentation.lacks_required_value('products') }} then 'missing_value'
        end as set_aside_because
    from marked
)

select * from screened
