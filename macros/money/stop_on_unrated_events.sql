{# Post-hook of web_session_days: a cart value without a rate would silently become nothing. #}
{% macro stop_on_unrated_events(relation) %}
    {%- set query -%}
        select
            currency_without_rate as subject,
            min(cast(occurred_on as {{ dbt.type_string() }})) as sample_value,
            count(*) as row_count
        from {{ relation }}
        where currency_without_rate is not null
        group by currency_without_rate
        order by currency_without_rate
    {%- endset -%}
    {{ segmentation.stop_on(
        query,
        "unified_web_events.currency: no exchange rate from {subject} to " ~ var('segmentation_currency')
        ~ " (sessions in {rows}, for example on {sample}). Add a row with an early enough valid_from to the seed exchange_rates."
    ) }}
{% endmacro %}
