-- Whoever placed an order wants what was in the cart no more, whatever became of the order.
with placed as (
    {{ segmentation.rows_of_people('unified_orders', 'ordered_at') }}
),

final as (
    select
        customer_id,
        source,
        order_id,
        ordered_at
    from placed
    where not is_test
)

select * from final
