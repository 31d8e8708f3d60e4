{# The name that shares most pairs of letters with a name, if it shares half of them. #}
{% macro most_alike(name, names) %}
    {%- set best = namespace(name=none, score=0.5) -%}
    {%- set pairs = segmentation.letter_pairs(name) -%}
    {%- for other in names -%}
        {%- set other_pairs = segmentation.letter_pairs(other) -%}
        {%- set score = 2 * (pairs | select('in', other_pairs) | list | length) / (pairs | length + other_pairs | length or 1) -%}
        {%- if score >= best.score -%}{%- set best.name = other -%}{%- set best.score = score -%}{%- endif -%}
    {%- endfor -%}
    {{- return(best.name) }}
{% endmacro %}

{% macro letter_pairs(text) %}
    {%- set pairs = [] -%}
    {%- for start in range(text | length - 1) if text[start:start + 2] not in pairs -%}{%- do pairs.append(text[start:start + 2]) -%}{%- endfor -%}
    {{- return(pairs) }}
{% endmacro %}

{# " Did you mean ...?", or nothing where no name is much like it. #}
{% macro did_you_mean(name, names) %}
    {%- set meant = segmentation.most_alike(name | string, names) -%}
    {{- return(' Did you mean ' ~ meant ~ '?' if meant else '') }}
{% endmacro %}
