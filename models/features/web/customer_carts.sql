with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

thresholds as (
    {{ segmentation.settings('feature_thresholds', ['cart_abandoned_after_hours', 'cart_recovered_within_days']) }}
),

visits as (
    select * from {{ ref('customer_sessions') }}
    where cart_additions > 0 or cart_removals > 0
),

orders as (
    select * from {{ ref('customer_placed_orders') }}
),

-- Carts and orders of a person in the order of time: the next order after each cart without a range join.
timeline as (
    select
        customer_id,
        started_at as happened_at,
        source,
        visitor_key,
        cast(null as timestamp) as ordered_at
    from visits
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

-- A later visit that only takes things out takes them out of the cart before it, unless that was ordered.
numbered as (
    select
        visits.*,
        with_next_order.next_ordered_at,
        sum(case when visits.cart_additions > 0 then 1 else 0 end) over (
            partition by visits.customer_id, visits.source, with_next_order.next_ordered_at
            order by visits.started_at, visits.visitor_key
            rows between unbounded preceding and current row
        ) as cart_number
    from visits
    inner join with_next_order
        on
            visits.customer_id = with_next_order.customer_id
            and visits.source = with_next_order.source
            and visits.visitor_key = with_next_order.visitor_key
            and visits.started_at = with_next_order.happened_at
),

emptied as (
    select
        numbered.*,
        sum(cart_pieces) over (partition by customer_id, source, next_ordered_at, cart_number) as pieces_left,
        sum(cart_value_cents) over (partition by customer_id, source, next_ordered_at, cart_number) as value_left_cents,
        sum(unvalued_cart_events) over (partition by customer_id, source, next_ordered_at, cart_number) as unvalued_events
    from numbered
),

with_limits as (
    select
        carts.*,
        as_of.as_of_on,
        {{ segmentation.add_to_time('carts.ended_at', 'cast(thresholds.cart_abandoned_after_hours as integer)', 'hour') }} as abandoned_at,
        {{ segmentation.add_to_time(
            'carts.ended_at',
            'cast(thresholds.cart_abandoned_after_hours + 24 * thresholds.cart_recovered_within_days as integer)',
            'hour'
        ) }} as lost_at
    from emptied as carts
    cross join as_of
    cross join thresholds
    where carts.cart_additions > 0 and (carts.pieces_left > 0 or carts.purchases > 0)
),

final as (
    select
        customer_id,
        source,
        visitor_key,
        started_at as opened_at,
        ended_at as last_event_at,
        case
            when unvalued_events = 0 then {{ segmentation.cents_to_amount('greatest(coalesce(value_left_cents, 0), 0)') }}
        end as cart_value,
        cart_additions,
        checkouts > 0 as has_checkout,
        case
            when purchases > 0 or next_ordered_at <= abandoned_at then 'ordered'
            when abandoned_at > cast(as_of_on as timestamp) then 'open'
            when next_ordered_at <= lost_at then 'recovered'
            else 'abandoned'
        end as cart_status,
        case when next_ordered_at <= lost_at then next_ordered_at end as ordered_at,
        next_ordered_at is not null as has_ordered_since,
        as_of_on
    from with_limits
)

select * from final
