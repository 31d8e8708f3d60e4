with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

thresholds as (
    {{ segmentation.settings('feature_thresholds', ['cart_abandoned_after_hours', 'cart_recovered_within_days']) }}
),

carts as (
    select * from {{ ref('customer_sessions') }}
    where cart_additions > 0
),

orders as (
    select * from {{ ref('customer_orders') }}
),

-- Carts and orders of a person in the order of time: the next order after each cart without a range join.
timeline as (
    select
        customer_id,
        started_at as happened_at,
        source,
        visitor_key,
        cast(null as timestamp) as ordered_at
    from carts
    union all
    select
        customer_id,
        ordered_at as happened_at,
        source,
        cast(null as {{ dbt.type_string() }}) as visitor_key,
        ordered_at
    from orders
),

-- An order at the very time of a cart comes after it. (Not every engine has frames by `range`.)
with_next_order as (
    select
        timeline.*,
        min(ordered_at) over (
            partition by customer_id
            order by happened_at, case when ordered_at is null then 0 else 1 end
            rows between current row and unbounded following
        ) as next_ordered_at
    from timeline
),

with_limits as (
    select
        carts.*,
        as_of.as_of_on,
        with_next_order.next_ordered_at,
        {{ segmentation.add_to_time('carts.ended_at', 'cast(thresholds.cart_abandoned_after_hours as integer)', 'hour') }} as abandoned_at,
        {{ segmentation.add_to_time(
            'carts.ended_at',
            'cast(thresholds.cart_abandoned_after_hours + 24 * thresholds.cart_recovered_within_days as integer)',
            'hour'
        ) }} as lost_at
    from carts
    cross join as_of
    cross join thresholds
    inner join with_next_order
        on
            carts.customer_id = with_next_order.customer_id
            and carts.source = with_next_order.source
            and carts.visitor_key = with_next_order.visitor_key
            and carts.started_at = with_next_order.happened_at
),

final as (
    select
        customer_id,
        source,
        visitor_key,
        started_at as opened_at,
        ended_at as last_event_at,
        {{ segmentation.cents_to_amount('greatest(coalesce(cart_value_cents, 0), 0)') }} as cart_value,
        cart_additions,
        checkouts > 0 as has_checkout,
        case
            when purchases > 0 or next_ordered_at <= abandoned_at then 'ordered'
            when abandoned_at > cast(as_of_on as timestamp) then 'open'
            when next_ordered_at <= lost_at then 'recovered'
            else 'abandoned'
        end as cart_status,
        case when next_ordered_at <= lost_at then next_ordered_at end as ordered_at,
        as_of_on
    from with_limits
)

select * from final
