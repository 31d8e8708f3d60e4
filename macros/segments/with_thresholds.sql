{# A text that people read of a rule, as SQL, with the numbers that the rule goes by: {minimum_orders} is that threshold
   of the rule, {vip.top_share} one of another; a share is shown as 20 %. What is no threshold stays as it is. Reads the
   CTE shown_thresholds. #}
{% macro with_thresholds(text, rule_name) -%}
    {%- set sql = namespace(text=segmentation.text_literal(text)) -%}
    {%- for place in modules.re.findall('[{]([a-z0-9_.]+)[}]', text) | unique -%}
        {%- set segment, threshold = place.split('.', 1) if '.' in place else (rule_name, place) -%}
        {%- set sql.text -%}
            replace(
                {{ sql.text }}, '{{ '{' ~ place ~ '}' }}', coalesce((
                    select max(shown)
                    from shown_thresholds
                    where segment = '{{ segment }}' and threshold = '{{ threshold }}'
                ), '{{ '{' ~ place ~ '}' }}')
            )
        {%- endset -%}
    {%- endfor -%}
    {{- sql.text -}}
{%- endmacro %}

{# A number of at most two decimals as people write it. #}
{% macro number_text(number) -%}
    case
        when {{ number }} = round({{ number }}, 0) then cast(cast({{ number }} as bigint) as {{ dbt.type_string() }})
        when {{ number }} = round({{ number }}, 1) then cast(cast({{ number }} as numeric(18, 1)) as {{ dbt.type_string() }})
        else cast(cast({{ number }} as numeric(18, 2)) as {{ dbt.type_string() }})
    end
{%- endmacro %}
