{# A number that a source delivers, as the type that the contract asks for (numeric(p,s) or integer). What is
   no exact number is read as its decimal text: engines round floating numbers by the bits, so that 1.005
   becomes one cent less on one of them. Of money, decimals beyond the contract's are cut off and not rounded,
   because it is rounded once more, half up, where it is converted. #}
{% macro number_value(expression, type, delivered_type='', is_money=false) -%}
    {%- set text_value = 'trim(cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ '))' -%}
    {%- if segmentation.is_exact_number(delivered_type, type) -%}
        cast({{ expression }} as {{ type }})
    {%- elif is_money -%}
        cast({{ segmentation.cut_decimals(text_value, segmentation.decimals_of(type)) }} as {{ type }})
    {%- elif type.startswith('int') -%}
        cast(cast({{ text_value }} as numeric(18, 6)) as {{ type }})
    {%- else -%}
        cast({{ text_value }} as {{ type }})
    {%- endif -%}
{%- endmacro %}

{# Whether a type holds exact numbers with no more decimals than the contract's type keeps. #}
{% macro is_exact_number(delivered_type, type) %}
    {%- if 'int' in delivered_type -%}{{- return(true) }}{%- endif -%}
    {%- if not modules.re.match('(numeric|decimal|number)', delivered_type) or '(' not in delivered_type -%}{{- return(false) }}{%- endif -%}
    {{- return(segmentation.decimals_of(delivered_type) <= segmentation.decimals_of(type)) }}
{% endmacro %}

{# Binary fractions: what is a round amount for people is none in them. #}
{% macro is_floating_type(delivered_type) %}
    {{- return(modules.re.match('(double|float|real)', delivered_type) is not none) }}
{% endmacro %}

{# 2 of numeric(18,2), 0 of integer. #}
{% macro decimals_of(type) %}
    {{- return((type.split(',')[1].replace(')', '') | trim | int) if ',' in type else 0) }}
{% endmacro %}

{# The text of a number without the decimals beyond so many; with an exponent it stays as it is. #}
{% macro cut_decimals(text_value, decimals) -%}
    case
        when {{ segmentation.matches_pattern(text_value, '^[-+]?[0-9]*[.][0-9]+$') }}
            then substr({{ text_value }}, 1, {{ dbt.position("'.'", text_value) }} + {{ decimals }})
        else {{ text_value }}
    end
{%- endmacro %}

{# True where what was delivered is no number, or none that the contract's type can hold: NaN and Infinity, too
   many digits, a fraction where whole numbers are asked for. #}
{% macro is_no_number(expression, type, delivered_type) -%}
    {%- set limit = '2147483648' if type.startswith('int') else '1e' ~ ((type.split('(')[1].split(',')[0] | int) - segmentation.decimals_of(type)) -%}
    {%- if segmentation.is_text_type(delivered_type) -%}
        not ({{ segmentation.is_castable(expression, 'numeric(18, 6)' if type.startswith('int') else type) }}
        {{- ' and ' ~ segmentation.matches_pattern('trim(' ~ expression ~ ')', '^[-+]?[0-9]+([.]0*)?$') if type.startswith('int') }})
    {%- elif segmentation.is_floating_type(delivered_type) or delivered_type in ('numeric', 'decimal') -%}
        not ({{ expression }} > -{{ limit }} and {{ expression }} < {{ limit }}
        {{- ' and ' ~ expression ~ ' = floor(' ~ expression ~ ')' if type.startswith('int') }})
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}
