{{ config(
    materialized='incremental',
    incremental_strategy=segmentation.replace_partition_strategy(),
    unique_key='occurred_on',
    on_schema_change='fail',
) }}

{% set days = segmentation.stale_days('email_events') %}

with repeated as (
    {{ segmentation.repeated_keys('email_events', days) }}
),

{{ segmentation.with_day_markers('email_events', days, 'repeated', ['source', 'email_event_id']) }}

select * from final
