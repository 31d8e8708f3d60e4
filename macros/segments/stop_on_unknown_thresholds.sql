{# Pre-hook: a number for a threshold that no rule reads would change nothing, and nobody would notice. #}
{% macro stop_on_unknown_thresholds() %}
    {%- set overrides = var('segmentation_thresholds') -%}
    {%- if not execute or not overrides -%}{{- return('') }}{%- endif -%}
    {%- set known = {} -%}
    {%- for row in run_query("select segment, threshold from " ~ ref('segment_thresholds') ~ " order by segment, threshold") -%}
        {%- do known.setdefault(row[0], []).append(row[1]) -%}
    {%- endfor -%}
    {%- set faults = [] -%}
    {%- for segment, numbers in overrides.items() -%}
        {%- if segment not in known -%}
            {%- do faults.append(
                "segmentation_thresholds: the seed segment_thresholds has no row for the segment '" ~ segment ~ "'."
                ~ segmentation.did_you_mean(segment, known.keys() | list)
            ) -%}
        {%- else -%}
            {%- for threshold in numbers if threshold not in known[segment] -%}
                {%- do faults.append(
                    "segmentation_thresholds: " ~ segment ~ " has no threshold '" ~ threshold ~ "', only "
                    ~ known[segment] | join(', ') ~ "." ~ segmentation.did_you_mean(threshold, known[segment])
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if faults -%}{{ exceptions.raise_compiler_error(faults | join('\n  ')) }}{%- endif -%}
{% endmacro %}
