{{ config(
    materialized='incremental',
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('occurred_on'),
    unique_key='occurred_on',
    on_schema_change='fail',
    **segmentation.clustered_by_day('occurred_on')
) }}

{% set days = segmentation.stale_days('email_events') %}

with {{ segmentation.event_findings('email_events', days) }}

select * from final
