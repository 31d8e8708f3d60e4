{{ config(
    materialized='incremental',
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('occurred_on'),
    unique_key='occurred_on',
    on_schema_change='fail',
    **dict(
        segmentation.clustered_by_day('occurred_on'),
        **segmentation.indexed(['source'] + segmentation.contract_key('web_events'))
    )
) }}

{% set days = segmentation.stale_days('web_events') %}

with {{ segmentation.repeated_rows('web_events', days) }},

{{ segmentation.with_day_markers(
    'web_events', days, 'repeated', segmentation.delivered_columns('web_events') + ['duplicate_check']
) }}

select * from final
