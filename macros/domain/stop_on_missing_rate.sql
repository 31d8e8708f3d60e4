{# Pre-hook of unified_orders: an amount without a rate would silently become null. #}
{% macro stop_on_missing_rate() %}
    {%- set query -%}
        select
            orders.currency as subject,
            min(orders.source || ' ' || orders.order_id || ' of ' || cast(cast(orders.ordered_at as date) as {{ dbt.type_string() }})) as sample_value,
            count(*) as row_count
        from {{ ref('screened_orders') }} as orders
        left join {{ ref('exchange_rate_periods') }} as rates
            on orders.currency = rates.currency
            and orders.ordered_at >= rates.valid_from
            and orders.ordered_at < rates.valid_to
        where orders.set_aside_because is null and rates.currency is null
        group by orders.currency
        order by orders.currency
    {%- endset -%}
    {{ segmentation.stop_on(
        query,
        "unified_orders.currency: no exchange rate from {subject} to " ~ var('segmentation_currency')
        ~ " ({rows}, for example order {sample}). Add a row with an early enough valid_from to the seed exchange_rates."
    ) }}
{% endmacro %}
