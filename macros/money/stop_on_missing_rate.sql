{# Post-hook of unified_orders and order_refunds: an amount without a rate would silently become null. #}
{% macro stop_on_missing_rate(relation) %}
    {%- set query -%}
        select
            currency as subject,
            min(source || ' ' || order_id || ' of ' || cast(cast(ordered_at as date) as {{ dbt.type_string() }})) as sample_value,
            count(*) as row_count
        from {{ relation }}
        where exchange_rate is null
        group by currency
        order by currency
    {%- endset -%}
    {{ segmentation.stop_on(
        query,
        relation.identifier | lower ~ ".currency: no exchange rate from {subject} to " ~ var('segmentation_currency')
        ~ " ({rows}, for example order {sample}). Add a row with an early enough valid_from to the seed exchange_rates."
    ) }}
{% endmacro %}
