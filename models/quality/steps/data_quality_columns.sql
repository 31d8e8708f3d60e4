with found as (
    {% for table in segmentation.contract_tables() %}
    {% for source in segmentation.sources_of(table) %}
    {% set relation = ref('stg_' ~ source ~ '__' ~ table) %}
    {% set delivered = segmentation.columns_found(relation) if execute else {} %}
    {% for column in segmentation.unknown_columns(table, delivered) %}
    select
        '{{ table }}' as table_name,
        'unknown_column' as check_name,
        '{{ source }}' as source,
        {{ segmentation.text_literal(column.name) }} as record_key,
        {{ segmentation.text_literal('did you mean ' ~ column.meant) if column.meant else segmentation.null_text() }} as value,
        count(*) as rows_found
    from {{ relation }}
    union all
    {% endfor %}
    {% for column in segmentation.contract_columns(table)
        if column.is_money and segmentation.is_floating_type(delivered.get(column.name, '')) %}
    select
        '{{ table }}' as table_name,
        'floating_amount' as check_name,
        '{{ source }}' as source,
        '{{ column.name }}' as record_key,
        '{{ delivered[column.name] }}' as value,
        count({{ column.name }}) as rows_found
    from {{ relation }}
    union all
    {% endfor %}
    {% endfor %}
    {% endfor %}
    select
        {{ segmentation.null_text() }} as table_name,
        {{ segmentation.null_text() }} as check_name,
        {{ segmentation.null_text() }} as source,
        {{ segmentation.null_text() }} as record_key,
        {{ segmentation.null_text() }} as value,
        0 as rows_found
),

final as (
    select
        table_name,
        check_name,
        source,
        record_key,
        value,
        cast(rows_found as bigint) as rows_found,
        cast(null as date) as first_seen_on
    from found
    where table_name is not null
)

select * from final
