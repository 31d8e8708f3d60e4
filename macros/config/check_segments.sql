{# Stops while as_of_day is compiled, so before a public table changes, when the meta of a segment's rule says
   something that means nothing. #}
{% macro check_segments() %}
    {%- if not execute -%}{{- return('') }}{%- endif -%}
    {%- set faults = [] -%}
    {%- for name in segmentation.segment_names() -%}
        {%- set meta = segmentation.segment_node(name).config.meta -%}
        {%- for key in ['family', 'exclusive'] if meta.get(key, false) is not boolean -%}
            {%- do faults.append("segment_" ~ name ~ ": " ~ key ~ " has to be true or false, not '" ~ meta[key] ~ "'.") -%}
        {%- endfor -%}
        {%- if meta.get('exclusive') and not meta.get('family') -%}
            {%- do faults.append("segment_" ~ name ~ ": exclusive is for families, and this rule has no `family: true`.") -%}
        {%- endif -%}
        {%- set priority = meta.get('priority') -%}
        {%- if priority is not none and (priority is not integer or priority < 1) -%}
            {%- do faults.append("segment_" ~ name ~ ": priority has to be a whole number, 1 for the first, not '" ~ priority ~ "'.") -%}
        {%- endif -%}
        {%- set re_entry = meta.get('re_entry', 'always') -%}
        {%- if re_entry not in ['always', 'once'] and (re_entry is not integer or re_entry < 1) -%}
            {%- do faults.append("segment_" ~ name ~ ": re_entry has to be always, once, or a whole number of days, not '" ~ re_entry ~ "'.") -%}
        {%- endif -%}
        {%- set reason = meta.get('large_because') -%}
        {%- if reason is not none and (reason is not string or not reason | trim) -%}
            {%- do faults.append("segment_" ~ name ~ ": large_because has to be a text that says why the segment is so large, not '" ~ reason ~ "'.") -%}
        {%- endif -%}
        {%- set excludes = meta.get('excludes', []) -%}
        {%- if excludes is string or excludes is mapping or excludes is not sequence -%}
            {%- do faults.append("segment_" ~ name ~ ": excludes has to be a list of rules like [vip, sunset], not '" ~ excludes ~ "'.") -%}
        {%- else -%}
            {%- for other in excludes -%}
                {%- if other == name -%}
                    {%- do faults.append("segment_" ~ name ~ ": excludes names the rule itself, so that nobody would be left.") -%}
                {%- elif not segmentation.is_rule(other) -%}
                    {%- do faults.append("segment_" ~ name ~ ": excludes names '" ~ other ~ "', but there is no rule segment_" ~ other ~ ". Name rules, not variants of a family.") -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if faults -%}
        {{ exceptions.raise_compiler_error("Check the meta of your segments:\n  - " ~ faults | join("\n  - ")) }}
    {%- endif -%}
{% endmacro %}
