{{ config(
    materialized='table',
    post_hook=[
        "{{ segmentation.stop_on_unknown_status(this, 'order_status', segmentation.order_statuses()) }}",
        "{{ segmentation.stop_on_missing_rate(this) }}",
    ],
) }}

with screened as (
    select * from {{ ref('screened_orders') }}
),

rates as (
    select * from {{ ref('exchange_rate_periods') }}
),

kept as (
    select * from screened
    where set_aside_because is null
),

converted as (
    select
        kept.source,
        {% for column in segmentation.contract_columns('orders') %}
        kept.{{ column.name }},
        {% endfor %}
        rates.exchange_rate,
        cast(round(kept.order_amount * rates.exchange_rate, 2) as numeric(18, 2)) as order_value,
        cast(round(kept.discount_amount * rates.exchange_rate, 2) as numeric(18, 2)) as discount_value,
        cast(round(kept.refunded_amount * rates.exchange_rate, 2) as numeric(18, 2)) as refunded_value
    from kept
    left join rates
        on
            kept.currency = rates.currency
            and kept.ordered_at >= rates.valid_from
            and kept.ordered_at < rates.valid_to
)

select * from converted
