{# Pre-hook: an experiment that contradicts itself would assign people wrongly, and a misspelt segment
   would hold nobody out. #}
{% macro stop_on_wrong_experiments() %}
    {%- if execute -%}
        {%- set faults = [] -%}
        {%- for row in run_query(segmentation.wrong_experiments()) -%}
            {%- do faults.append("The seed experiments: " ~ row[0] ~ ".") -%}
        {%- endfor -%}
        {%- set named = run_query('select distinct experiment, segment from ' ~ ref('experiments_in_use') ~ ' order by experiment, segment') -%}
        {%- for row in named if row[1] and not segmentation.is_segment_name(row[1]) -%}
            {%- do faults.append(
                "The seed experiments: " ~ row[0] ~ " is about the segment '" ~ row[1] ~ "', which no rule makes. `segctl list` shows those that there are."
            ) -%}
        {%- endfor -%}
        {%- if faults -%}{{ exceptions.raise_compiler_error(faults | join('\n  ')) }}{%- endif -%}
    {%- endif -%}
{% endmacro %}

{# Faults of the seed experiments, one sentence each. #}
{% macro wrong_experiments() -%}
    with experiments as (
        select
            coalesce(experiment, '(no name)') as experiment,
            segment,
            variant,
            share,
            starts_on,
            ends_on
        from {{ ref('experiments_in_use') }}
    ),

    summed as (
        select
            experiment,
            sum(share) as share,
            min(segment) as first_segment,
            max(segment) as last_segment,
            min(starts_on) as first_start,
            max(starts_on) as last_start,
            min(ends_on) as first_end,
            max(ends_on) as last_end
        from experiments
        group by experiment
    )

    select experiment || ' has a row without segment, variant, share, starts_on or ends_on' as fault
    from experiments
    where segment is null or variant is null or share is null or starts_on is null or ends_on is null
    {{ segmentation.union_distinct() }}
    select experiment || ' has the variant ' || variant || ' more than once'
    from experiments
    group by experiment, variant
    having count(*) > 1
    {{ segmentation.union_distinct() }}
    select experiment || ' gives the variant ' || variant || ' the share ' || cast(share as {{ dbt.type_string() }})
        || ', which has to be more than 0 and at most 1'
    from experiments
    where share <= 0 or share > 1
    {{ segmentation.union_distinct() }}
    select experiment || ' gives away shares of ' || cast(share as {{ dbt.type_string() }}) || ' together, more than 1'
    from summed
    where share > 1
    {{ segmentation.union_distinct() }}
    select experiment || ' names more than one segment, ' || first_segment || ' and ' || last_segment || '; make it two experiments'
    from summed
    where first_segment != last_segment
    {{ segmentation.union_distinct() }}
    select experiment || ' has variants with different days; give all of them the same starts_on and ends_on'
    from summed
    where first_start != last_start or first_end != last_end
    {{ segmentation.union_distinct() }}
    select experiment || ' ends before it starts'
    from summed
    where first_end < last_start
    order by fault
{%- endmacro %}

{# Whether some rule of the project, switched on or not, makes or could make a segment of this name. What is switched
   off does not say whether it is a family. #}
{% macro is_segment_name(segment) %}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name.startswith('segment_') -%}
        {%- set name = node.name[8:] -%}
        {%- set is_family = node.config.meta.get('family', false) -%}
        {%- if (not is_family and segment == name) or (is_family and segment.startswith(name ~ '_')) -%}
            {%- if segmentation.is_rule(name) -%}{{- return(true) }}{%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in segmentation.shipped_segments() if segmentation.segment_node(name) is none -%}
        {%- if segment == name or segment.startswith(name ~ '_') -%}{{- return(true) }}{%- endif -%}
    {%- endfor -%}
    {{- return(false) }}
{% endmacro %}
