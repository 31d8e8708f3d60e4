with {{ segmentation.mark_duplicates('orders', ref('repeated_orders')) }},

screened as (
    select
        marked.*,
        case
            when duplicate_check is not null then duplicate_check
            when {{ segmentation.lacks_required_value('orders') }} then 'missing_value'
            when {{ segmentation.is_implausible('ordered_at') }} then 'implausible_date'
            when {{ segmentation.is_future('ordered_at') }} then 'future_date'
            when order_amount < 0 then 'negative_amount'
        end as set_aside_because
    from marked
)

select * from screened
