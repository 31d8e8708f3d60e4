{# Every purchase of unified_orders as of the day is in customer_orders, but for those of nobody: without a customer,
   or with identifiers only that many share. #}
{% test orders_reconcile(model) %}
with expected as (
    select
        count(*) as orders,
        coalesce(sum(orders.order_value), 0) as revenue
    from {{ ref('unified_orders') }} as orders
    cross join {{ ref('as_of_day') }} as as_of
    left join {{ ref('shared_identifiers') }} as shared_ids
        on
            shared_ids.identifier_type = 'customer_id'
            and orders.source = shared_ids.source
            and orders.source_customer_id = shared_ids.identifier_value
    left join {{ ref('shared_identifiers') }} as shared_emails
        on shared_emails.identifier_type = 'email' and orders.email = shared_emails.identifier_value
    where
        orders.ordered_at < cast(as_of.as_of_on as timestamp)
        and not orders.is_test
        and orders.order_status != 'pending'
        and (orders.order_status != 'cancelled' or orders.cancelled_at >= cast(as_of.as_of_on as timestamp))
        and (
            (orders.source_customer_id is not null and shared_ids.identifier_value is null)
            or (orders.email is not null and shared_emails.identifier_value is null)
        )
),

found as (
    select
        count(*) as orders,
        coalesce(sum(order_cents), 0) as cents
    from {{ model }}
)

select *
from expected
cross join found
where expected.orders != found.orders or expected.revenue * 100 != found.cents
{% endtest %}
