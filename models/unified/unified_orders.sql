{{ config(
    materialized='table',
    post_hook=[
        "{{ segmentation.stop_on_unknown_status(this, 'order_status', segmentation.order_statuses()) }}",
        "{{ segmentation.stop_on_missing_rate(this) }}",
    ],
) }}

{#- What cannot be is repaired here, always against the customer's value; data_quality_amounts names it. -#}
{% set repaired = {
    'discount_amount': 'abs(kept.discount_amount)',
    'shipping_amount': 'abs(kept.shipping_amount)',
    'refunded_amount': 'kept.paid_back',
    'refunded_at': 'case when not ' ~ segmentation.is_impossible_refund_time('kept.refunded_at') ~ ' then kept.refunded_at end',
} %}

with screened as (
    select * from {{ ref('screened_orders') }}
),

rates as (
    select * from {{ ref('exchange_rate_periods') }}
),

kept as (
    select
        screened.*,
        {{ segmentation.paid_back() }} as paid_back
    from screened
    where set_aside_because is null
),

converted as (
    select
        kept.source,
        {% for column in segmentation.contract_columns('orders') %}
        {{ repaired.get(column.name, 'kept.' ~ column.name) }} as {{ column.name }},
        {% endfor %}
        rates.exchange_rate,
        {{ segmentation.converted_value('kept.order_amount', 'rates.exchange_rate') }} as order_value,
        {{ segmentation.converted_value('abs(kept.discount_amount)', 'rates.exchange_rate') }} as discount_value,
        {{ segmentation.converted_value('kept.paid_back', 'rates.exchange_rate') }} as refunded_value
    from kept
    left join rates
        on
            kept.currency = rates.currency
            and kept.ordered_at >= rates.valid_from
            and kept.ordered_at < rates.valid_to
)

select * from converted
