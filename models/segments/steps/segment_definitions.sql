{% set names = segmentation.segment_names() %}

-- What the models say about themselves, once as_of_day has checked it.
-- depends_on: {{ ref('as_of_day') }}
-- So that `dbt build --select segment_<name>+` writes down a new one:
{% for name in names %}
-- depends_on: {{ ref('segment_' ~ name) }}
{% endfor %}
with shown_thresholds as (
    select
        segment,
        threshold,
        case
            when unit = 'share' then {{ segmentation.number_text('(100 * setting)') }} || ' %'
            else {{ segmentation.number_text('setting') }}
        end as shown
    from {{ segmentation.segment_thresholds() }}
),

described as (
    {% for name in names %}
    {% set node = segmentation.segment_node(name) if execute else {} %}
    {% set meta = node.config.meta if execute else {} %}
    {% set excludes = segmentation.excluded_rules(name) | join(', ') %}
    select
        '{{ name }}' as rule_name,
        {{ segmentation.with_thresholds(meta.get('title', name), name) }} as title,
        {{ segmentation.with_thresholds(node.description | default('', true), name) }} as description,
        {{ segmentation.text_literal(meta.get('owner', '')) }} as owner,
        {{ segmentation.text_literal(meta.get('kind', 'custom')) }} as kind,
        {{ segmentation.text_literal(meta.get('purpose', var('segmentation_default_purpose')) | lower | trim) }} as purpose,
        {{ 'true' if meta.get('family') else 'false' }} as is_family,
        {{ 'true' if meta.get('exclusive') else 'false' }} as is_exclusive,
        cast({{ meta.get('priority') or 'null' }} as integer) as priority,
        {{ segmentation.text_literal(meta.get('re_entry', 'always')) }} as re_entry,
        cast({{ meta.re_entry if meta.get('re_entry') is integer else 'null' }} as integer) as re_entry_days,
        {{ segmentation.text_literal(excludes) if excludes else segmentation.null_text() }} as excludes,
        {{ segmentation.text_literal(meta.large_because) if meta.get('large_because') else segmentation.null_text() }} as large_because
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from described
