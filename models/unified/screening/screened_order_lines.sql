with {{ segmentation.mark_duplicates('order_lines', ref('repeated_order_lines')) }},

screened as (
    select
        marked.*,
        case
            when duplicate_check is not null then duplicate_check
            when {{ segmentation.lacks_required_value('order_lines') }} then 'missing_value'
            when quantity <= 0 then 'negative_quantity'
        end as set_aside_because
    from marked
)

select * from screened
