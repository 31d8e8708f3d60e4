{# What a source delivers as a time, as a timestamp in UTC. `delivered_type` is the type of the column, in lower
   case; without it the time is read as a text, which is right for every type. A text may end with Z, UTC, GMT
   or an offset (+02, +0200, +02:00); without any of these it is UTC. A zone's name is stopped on before
   (stop_on_wrong_types): engines read over it without a word. #}
{% macro utc_time(expression, delivered_type='') -%}
    {%- if segmentation.is_zoned_type(delivered_type) -%}
        {{ segmentation.zoned_time_to_utc(expression) }}
    {%- elif segmentation.is_time_type(delivered_type) -%}
        cast({{ expression }} as timestamp)
    {%- else -%}
        {%- set text_value = segmentation.time_text(expression) -%}
        case
            when {{ segmentation.matches_pattern(text_value, segmentation.offset_pattern()) }}
                then {{ segmentation.add_to_time(
                    'cast(' ~ segmentation.clock_text(text_value) ~ ' as timestamp)', segmentation.minutes_to_utc(text_value), 'minute'
                ) }}
            else cast({{ segmentation.clock_text(text_value) }} as timestamp)
        end
    {%- endif -%}
{%- endmacro %}

{# True where utc_time can read the text. #}
{% macro is_time_text(expression) -%}
    {%- set text_value = segmentation.time_text(expression) -%}
    {%- set day = '[0-9]{2,6}-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])' -%}
    {%- set clock = '([01]?[0-9]|2[0-4]):[0-5][0-9](:[0-5]?[0-9]([.][0-9]*)?)?' -%}
    {%- set zone = '(Z|z|UTC|GMT|[-+](0[0-9]|1[0-5])(:?[0-5][0-9])?)?' -%}
    ({{ segmentation.matches_pattern(text_value, '^' ~ day ~ '([ T]+' ~ clock ~ ' *' ~ zone ~ ')?$') }}
    and {{ segmentation.is_castable(segmentation.clock_text(text_value), 'timestamp') }})
{%- endmacro %}

{# True where a text begins as a time does and goes on with letters: the name of a zone, or AM and PM. #}
{% macro is_time_with_words(expression) -%}
    ({{ segmentation.matches_pattern(
        segmentation.time_text(expression), '^[0-9]+-[0-9]+-[0-9]+[ T]+[0-9:.]+ *[-+0-9:]* *[^0-9:. Zz+-]'
    ) }} and not {{ segmentation.is_time_text(expression) }})
{%- endmacro %}

{% macro is_zoned_type(delivered_type) %}
    {%- set name = delivered_type.replace('without time zone', '') -%}
    {{- return('time zone' in name or name in ('timestamptz', 'timestamp_tz', 'timestamp_ltz')) }}
{% endmacro %}

{% macro is_time_type(delivered_type) %}
    {{- return(delivered_type.startswith('timestamp') or delivered_type.startswith('datetime') or delivered_type == 'date') }}
{% endmacro %}

{# Days with dashes, so that every engine reads them. #}
{% macro time_text(expression) -%}
    replace(trim(cast({{ expression }} as {{ dbt.type_string() }})), '/', '-')
{%- endmacro %}

{% macro offset_pattern() %}{{ return(':[0-9.]+ *[-+][0-9][0-9](:?[0-9][0-9])?$') }}{% endmacro %}

{# The offset at the end of a text that has one. #}
{% macro offset_text(text_value) -%}
    case
        when {{ segmentation.matches_pattern(text_value, '[-+][0-9][0-9]:[0-9][0-9]$') }} then right({{ text_value }}, 6)
        when {{ segmentation.matches_pattern(text_value, '[-+][0-9][0-9][0-9][0-9]$') }} then right({{ text_value }}, 5)
        else right({{ text_value }}, 3)
    end
{%- endmacro %}

{# Minutes to add to a clock with such an offset: +02:00 is ahead of UTC. #}
{% macro minutes_to_utc(text_value) -%}
    {%- set offset = "rpad(replace(" ~ segmentation.offset_text(text_value) ~ ", ':', ''), 5, '0')" -%}
    (case when substr({{ offset }}, 1, 1) = '-' then 1 else -1 end
    * (60 * cast(substr({{ offset }}, 2, 2) as integer) + cast(substr({{ offset }}, 4, 2) as integer)))
{%- endmacro %}

{# Day and clock without what follows, with a year of four digits (some engines read 24-04-02 as the year 24,
   others as a day of April) and at most microseconds (some engines round, others cut off). #}
{% macro clock_text(text_value) -%}
    {%- set without_zone -%}
        case
            when {{ segmentation.matches_pattern(text_value, segmentation.offset_pattern()) }}
                then substr({{ text_value }}, 1, length({{ text_value }}) - length({{ segmentation.offset_text(text_value) }}))
            when {{ segmentation.matches_pattern(text_value, '(UTC|GMT)$') }} then substr({{ text_value }}, 1, length({{ text_value }}) - 3)
            when {{ segmentation.matches_pattern(text_value, '[Zz]$') }} then substr({{ text_value }}, 1, length({{ text_value }}) - 1)
            else {{ text_value }}
        end
    {%- endset -%}
    trim(substr(
        case
            when {{ text_value }} like '__-%' then '00'
            when {{ text_value }} like '___-%' then '0'
            else ''
        end || {{ without_zone }}, 1, 26
    ))
{%- endmacro %}
