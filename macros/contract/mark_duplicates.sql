{# CTEs that end with `repeated`: all delivered rows of the keys that occur more than once, with
   `duplicate_check`: null on the one row that is kept per key, else exact_duplicate or
   conflicting_duplicate. Kept is the row that arrived last; where nobody says when rows arrived, the one whose
   own dates and status are later; the content decides what is left, so the order of rows never matters. Of a table that is kept by day only the given days are looked at; an event id on another day
   is another event, so that a day can be checked by itself. The union of the sources is written out twice
   and is no CTE: engines keep a copy of a CTE with two readers, here of all rows and columns. #}
{% macro repeated_rows(table, days=none) %}
    {%- set key = (['source'] + segmentation.contract_key(table)) | join(', ') -%}
    {%- set day = segmentation.event_day(table) if segmentation.event_time(table) else none -%}
    {%- set within = 'where ' ~ segmentation.in_days(segmentation.event_time(table), days) if day else '' -%}
    {%- set columns = segmentation.delivered_columns(table) -%}
repeated_keys as (
    select {{ day ~ ' as occurred_on, ' if day }}{{ key }}
    from ({{ segmentation.combine_sources(table) }}) as combined
    {{ within }}
    group by {{ key }}{{ ', ' ~ day if day }}
    having count(*) > 1
),

hashed as (
    select
        combined.*,
        {{ 'repeated_keys.occurred_on,' if day }}
        {{ segmentation.row_hash(segmentation.hashed_columns(table), 'combined') }} as row_hash
    from ({{ segmentation.combine_sources(table) }}) as combined
    inner join repeated_keys on {{ segmentation.same_key(table, 'combined', 'repeated_keys') }}
    {{ within }}
),

ranked as (
    select
        hashed.*,
        row_number() over (
            partition by {{ key }}{{ ', occurred_on' if day }}
            order by {{ segmentation.newest_first(table) }}row_hash
        ) as key_rank
    from hashed
),

compared as (
    select
        ranked.*,
        row_number() over (
            partition by {{ key }}{{ ', occurred_on' if day }}, row_hash
            order by key_rank
        ) as content_rank
    from ranked
),

repeated as (
    select
        {{ 'occurred_on,' if day }}
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        cast(
            case
                when key_rank = 1 then null
                when content_rank > 1 then 'exact_duplicate'
                else 'conflicting_duplicate'
            end as {{ dbt.type_string() }}
        ) as duplicate_check
    from compared
)
{%- endmacro %}

{# The order in which copies of a row are preferred. What its dates say counts only where they can be true: a
   year with a typing error would put the right copy aside. Statuses are in the order in which a row goes
   through them, from the YAML (`statuses`: column and values); one that is not there outranks them, for it is
   a fault that has to be seen. #}
{% macro newest_first(table) -%}
    {%- set latest = segmentation.add_to_time(segmentation.build_moment(), 1, 'day') -%}
    {%- set times = [] -%}
    {%- for column in segmentation.contract_columns(table) if column.type == 'timestamp' -%}
        {%- if column.name == 'loaded_at' -%} loaded_at desc nulls last,
        {%- else -%}
            {%- do times.append(
                "coalesce(case when not (" ~ segmentation.is_implausible(column.name) ~ " or " ~ column.name ~ " > " ~ latest
                ~ ") then " ~ column.name ~ " end, cast('0001-01-01' as timestamp))"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if times %} {{ 'greatest(' ~ times | join(', ') ~ ')' if times | length > 1 else times[0] }} desc, {% endif -%}
    {%- for column, statuses in (segmentation.contract_node(table).config.meta.get('statuses', {}) if execute else {}).items() -%}
        case {{ column }}{% for status in statuses %} when '{{ status }}' then {{ loop.index }}{% endfor %} else {{ statuses | length + 1 }} end desc, {% endfor -%}
{%- endmacro %}

{# CTEs that end with `marked`: the rows of all sources plus `duplicate_check`. Only keys that repeat are
   ranked: a window over the whole table costs several times more. Where repeated_<table> exists, pass it: the
   ranking is then done once, and not by every reader of the view, and a reader who wants some days only does
   not look at the others. Its rows without a source are markers of days. #}
{% macro mark_duplicates(table, repeated=none) %}
    {%- set columns = segmentation.delivered_columns(table) -%}
{{ segmentation.repeated_rows(table) ~ ',' if not repeated else '' }}

marked as (
    select
        {%- for column in columns %}
        combined.{{ column }},
        {%- endfor %}
        cast(null as {{ dbt.type_string() }}) as duplicate_check
    from ({{ segmentation.combine_sources(table) }}) as combined
    left join (select * from {{ repeated or 'repeated' }} where duplicate_check is null) as kept_copies
        on {{ segmentation.same_key(table, 'combined', 'kept_copies') }}
    where kept_copies.source is null

    union all

    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        duplicate_check
    from {{ repeated or 'repeated' }}
    where source is not null
)
{%- endmacro %}

{# Columns of combine_sources, in its order. #}
{% macro delivered_columns(table) %}
    {%- set columns = ['source'] -%}
    {%- for column in segmentation.contract_columns(table) -%}
        {%- do columns.append(column.name) -%}
        {%- if column.normalise == 'email' -%}{%- do columns.append('malformed_email') -%}{%- endif -%}
    {%- endfor -%}
    {%- if segmentation.identifying_columns(segmentation.contract_columns(table)) -%}{%- do columns.append('placeholder') -%}{%- endif -%}
    {{- return(columns) }}
{% endmacro %}

{% macro same_key(table, left_side, right_side) -%}
    {%- for column in ['source'] + segmentation.contract_key(table) -%}
        {{ left_side }}.{{ column }} = {{ right_side }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
    {%- if segmentation.event_time(table) %} and {{ segmentation.event_day(table, left_side) }} = {{ right_side }}.occurred_on{% endif -%}
{%- endmacro %}

{# Name and type of the columns that make two rows of a key the same. #}
{% macro hashed_columns(table) %}
    {%- set columns = [] -%}
    {%- for column in segmentation.contract_columns(table) if column.name != 'loaded_at' -%}
        {%- do columns.append(column) -%}
        {%- if column.normalise == 'email' -%}{%- do columns.append({'name': 'malformed_email', 'type': dbt.type_string()}) -%}{%- endif -%}
    {%- endfor -%}
    {{- return(columns) }}
{% endmacro %}

{% macro row_hash(columns, relation) -%}
    {{ dbt.hash(segmentation.joined_texts(columns, relation)) }}
{%- endmacro %}
