{#- An id or an address as everybody writes it; null when nothing is left. The rule, for whoever has to follow it
    elsewhere:
      1. compose it (Unicode NFC);
      2. take out characters that nobody sees: zero width ones, soft hyphens, marks of direction, the byte order mark;
      3. take tabs, line breaks and Unicode's other blanks for blanks;
      4. trim blanks at both ends.
    Addresses are folded after that (macro folded). Nearly all texts are of visible ASCII characters and are taken as
    they are: to look is cheaper than to rewrite. -#}
{% macro clean_text(expression) -%}
    {%- set text_value = 'cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- set blanks = '\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000' -%}
    {%- set unseen = '\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\ufeff' -%}
    case
        when {{ segmentation.matches_pattern(text_value, '^[!-~]+$') }} then {{ text_value }}
        else nullif(trim(translate(
            {{ segmentation.composed(text_value) }},
            chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || '{{ blanks }}{{ unseen }}',
            '     {{ ' ' * (blanks | length) }}'
        )), '')
    end
{%- endmacro %}
