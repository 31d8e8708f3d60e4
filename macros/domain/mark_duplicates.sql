{# Keys of a table that occur more than once. Of a table that is kept by day: on the given days, an event
   id on another day being another event, so that a day can be checked by itself. #}
{% macro repeated_keys(table, days=none) -%}
    {%- set key = (['source'] + segmentation.contract_key(table)) | join(', ') -%}
    {%- set day = segmentation.event_day(table) if segmentation.event_time(table) else none -%}
    select
        {{ day ~ ' as occurred_on,' if day }}
        {{ key }}
    from ({{ segmentation.combine_sources(table) }}) as combined
    {%- if day %}
    where {{ segmentation.in_days(segmentation.event_time(table), days) }}
    {%- endif %}
    group by {{ key }}{{ ', ' ~ day if day }}
    having count(*) > 1
{%- endmacro %}

{# CTEs that end with `marked`: the rows of all sources plus `duplicate_check`, which is null on the one row
   that is kept per key, else exact_duplicate or conflicting_duplicate. Kept is the row that arrived last;
   the content decides ties, so the order of rows never matters. Only keys that repeat are ranked: a
   window over the whole table costs several times more. Pass repeated_<table> where it exists, so that
   the keys are counted once and not by every reader of the view. The union of the sources is written out
   twice and is no CTE: engines keep a copy of a CTE with two readers, here of all rows and columns. #}
{% macro mark_duplicates(table, repeated=none) %}
    {%- set key = ['source'] + segmentation.contract_key(table) -%}
    {%- set key_and_day = key + [segmentation.event_day(table)] if segmentation.event_time(table) else key -%}
    {%- set columns = segmentation.contract_columns(table) | map(attribute='name') | list -%}
    {%- set content = columns | reject('equalto', 'loaded_at') | list -%}
    {%- if segmentation.contract_columns(table) | selectattr('normalise', 'equalto', 'email') | list -%}
        {%- do content.append('malformed_email') -%}
    {%- endif -%}
repeated_keys as (
    {{ 'select * from ' ~ repeated ~ ' where source is not null' if repeated else segmentation.repeated_keys(table) }}
),

hashed as (
    select
        combined.*,
        {{ segmentation.row_hash(content, 'combined') }} as row_hash
    from ({{ segmentation.combine_sources(table) }}) as combined
    inner join repeated_keys on {{ segmentation.same_key(table, 'combined', 'repeated_keys') }}
),

ranked as (
    select
        hashed.*,
        row_number() over (
            partition by {{ key_and_day | join(', ') }}
            order by {{ 'loaded_at desc nulls last, ' if 'loaded_at' in columns }}row_hash
        ) as key_rank
    from hashed
),

compared as (
    select
        ranked.*,
        row_number() over (
            partition by {{ key_and_day | join(', ') }}, row_hash
            order by key_rank
        ) as content_rank
    from ranked
),

marked as (
    select
        combined.*,
        cast(null as {{ dbt.type_string() }}) as duplicate_check
    from ({{ segmentation.combine_sources(table) }}) as combined
    left join repeated_keys on {{ segmentation.same_key(table, 'combined', 'repeated_keys') }}
    where repeated_keys.source is null

    union all

    select
        source,
        {%- for column in segmentation.contract_columns(table) %}
        {{ column.name }},
        {{- ' malformed_email,' if column.normalise == 'email' }}
        {%- endfor %}
        case
            when key_rank = 1 then null
            when content_rank > 1 then 'exact_duplicate'
            else 'conflicting_duplicate'
        end as duplicate_check
    from compared
)
{%- endmacro %}

{% macro same_key(table, left_side, right_side) -%}
    {%- for column in ['source'] + segmentation.contract_key(table) -%}
        {{ left_side }}.{{ column }} = {{ right_side }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
    {%- if segmentation.event_time(table) %} and {{ segmentation.event_day(table, left_side) }} = {{ right_side }}.occurred_on{% endif -%}
{%- endmacro %}

{% macro row_hash(columns, relation) -%}
    md5(
        {%- for column in columns %}
            coalesce(replace(cast({{ relation }}.{{ column }} as {{ dbt.type_string() }}), '|', '||'), '') {{ "|| '|,' ||" if not loop.last }}
        {%- endfor %}
        )
{%- endmacro %}
