{# What is wrong with the vars that choose segments, as sentences. #}
{% macro segment_var_faults() %}
    {%- set faults = [] -%}
    {%- set shipped = segmentation.shipped_segments() -%}
    {%- set custom = segmentation.list_or_empty(var('segmentation_custom_segments')) -%}
    {%- for name, example in {
        'segmentation_segments': 'all, or a list like [vip, win_back]',
        'segmentation_segments_off': 'a list like [email_fatigue]',
        'segmentation_custom_segments': 'a list like [big_spenders]',
    }.items() -%}
        {%- set listed = var(name) -%}
        {%- if name == 'segmentation_segments' and listed == 'all' -%}
            {%- set listed = [] -%}
        {%- elif listed is string or listed is mapping or listed is not iterable -%}
            {%- do faults.append(name ~ " has to be " ~ example ~ ", not '" ~ listed ~ "'.") -%}
            {%- set listed = [] -%}
        {%- endif -%}
        {%- for segment in listed if name != 'segmentation_custom_segments' and segment not in shipped -%}
            {%- do faults.append(
                name ~ " names '" ~ segment ~ "', which is no segment of this package."
                ~ (" Your own are in segmentation_custom_segments: take it out there." if segment in custom
                    else segmentation.did_you_mean(segment, shipped) ~ (
                        " Your own segments go into segmentation_custom_segments." if name == 'segmentation_segments' else ""
                    ))
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set names = segmentation.segment_names() -%}
    {%- for name in names | unique if names.count(name) > 1 -%}
        {%- do faults.append(
            "The segment '" ~ name ~ "' is listed more than once in segmentation_segments and segmentation_custom_segments."
            ~ (" Where yours takes the place of the shipped one, name that in segmentation_segments_off." if name in shipped and name in custom else "")
        ) -%}
    {%- endfor -%}
    {%- if not names and not faults -%}
        {%- do faults.append("No segment is left of segmentation_segments and segmentation_custom_segments: name at least one.") -%}
    {%- endif -%}
    {{- return(faults) }}
{% endmacro %}

{# The same for segmentation_thresholds. Which thresholds there are, only the seed knows: stop_on_unknown_thresholds. #}
{% macro threshold_var_faults() %}
    {%- set faults = [] -%}
    {%- set example = "{high_frequency: {minimum_orders: 3}}" -%}
    {%- set overrides = var('segmentation_thresholds') -%}
    {%- if overrides is not mapping -%}
        {{- return(["segmentation_thresholds has to be a mapping like " ~ example ~ ", not '" ~ overrides ~ "'."]) }}
    {%- endif -%}
    {%- for segment, numbers in overrides.items() -%}
        {%- if numbers is not mapping -%}
            {%- do faults.append("segmentation_thresholds: say for " ~ segment ~ " which threshold, like " ~ example ~ ", not '" ~ numbers ~ "'.") -%}
        {%- else -%}
            {%- for threshold, number in numbers.items() if number is not number or number is boolean -%}
                {%- do faults.append("segmentation_thresholds: " ~ threshold ~ " of " ~ segment ~ " has to be a number, not '" ~ number ~ "'.") -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(faults) }}
{% endmacro %}
