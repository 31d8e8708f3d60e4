{# Everybody of customer_identifiers has a row, and the sums are those of customer_orders. #}
{% test one_row_per_person(model) %}
with expected as (
    select
        (select count(distinct customer_id) from {{ ref('customer_identifiers') }}) as people,
        (select count(*) from {{ ref('customer_orders') }}) as orders,
        (select coalesce(sum(order_cents), 0) from {{ ref('customer_orders') }}) as revenue_cents,
        (select coalesce(sum(refunded_cents), 0) from {{ ref('customer_orders') }}) as refund_cents
),

found as (
    select
        count(*) as people,
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(revenue), 0) * 100 as revenue_cents,
        coalesce(sum(refunds), 0) * 100 as refund_cents
    from {{ model }}
)

select *
from expected
cross join found
where
    expected.people != found.people
    or expected.orders != found.orders
    or expected.revenue_cents != found.revenue_cents
    or expected.refund_cents != found.refund_cents
{% endtest %}
