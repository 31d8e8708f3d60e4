{{ config(
    materialized='incremental',
    incremental_strategy=segmentation.replace_partition_strategy(),
    unique_key='occurred_on',
    on_schema_change='fail',
) }}

{% set days = segmentation.stale_days('web_events') %}

with repeated as (
    {{ segmentation.repeated_keys('web_events', days) }}
),

{{ segmentation.with_day_markers('web_events', days, 'repeated', ['source', 'event_id']) }}

select * from final
