{{ config(
    materialized='incremental',
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('occurred_on'),
    unique_key='occurred_on',
    on_schema_change='fail',
    pre_hook="{{ segmentation.stop_on_unknown_mail_events() }}",
    **dict(
        segmentation.clustered_by_day('occurred_on'),
        **segmentation.indexed(['source'] + segmentation.contract_key('email_events'))
    )
) }}

-- depends_on: {{ ref('email_event_words') }}
{% set days = segmentation.stale_days('email_events') %}

with {{ segmentation.repeated_rows('email_events', days) }},

{{ segmentation.with_day_markers(
    'email_events', days, 'repeated', segmentation.delivered_columns('email_events') + ['duplicate_check']
) }}

select * from final
