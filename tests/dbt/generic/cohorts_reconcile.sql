{# Cohorts hold every buyer once, and every purchase. #}
{% test cohorts_reconcile(model) %}
with expected as (
    select
        count(distinct customer_id) as buyers,
        count(*) as orders,
        coalesce(sum(order_cents), 0) as revenue_cents
    from {{ ref('customer_orders') }}
),

found as (
    select
        coalesce(sum(case when period_number = 0 then cohort_customers end), 0) as buyers,
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(revenue_cents), 0) as revenue_cents
    from {{ model }}
)

select *
from expected
cross join found
where
    expected.buyers != found.buyers
    or expected.orders != found.orders
    or expected.revenue_cents != found.revenue_cents
{% endtest %}
