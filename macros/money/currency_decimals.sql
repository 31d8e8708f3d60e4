{# Currencies (ISO 4217) without decimals, and with three; all others have two. #}
{% macro currencies_without_decimals() %}
    {{- return([
        'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF',
    ]) }}
{% endmacro %}

{% macro currencies_with_three_decimals() %}{{ return(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND']) }}{% endmacro %}

{# True for an amount with more decimals than its currency has. Sources that deliver floating numbers are left
   out: that is said once for the whole column. #}
{% macro has_too_many_decimals(table, column_name, amount, currency, source='source') -%}
    {%- set floating = segmentation.floating_sources(table, column_name) -%}
    ({{ source ~ ' not in (' ~ segmentation.quoted(floating) ~ ') and ' if floating }}
    {{- amount }} != case
        when {{ currency }} in ({{ segmentation.quoted(segmentation.currencies_with_three_decimals()) }}) then round({{ amount }}, 3)
        when {{ currency }} in ({{ segmentation.quoted(segmentation.currencies_without_decimals()) }}) then round({{ amount }}, 0)
        else round({{ amount }}, 2)
    end)
{%- endmacro %}

{# Names of the sources whose column holds floating numbers. #}
{% macro floating_sources(table, column_name) %}
    {%- set floating = [] -%}
    {%- for source in segmentation.sources_of(table) -%}
        {%- set relation = ref('stg_' ~ source ~ '__' ~ table) -%}
        {%- if execute and segmentation.is_floating_type(segmentation.columns_found(relation).get(column_name, '')) -%}
            {%- do floating.append(source) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(floating) }}
{% endmacro %}
