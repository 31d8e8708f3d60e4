{{ config(materialized='table') }}

with combined as (
    {{ segmentation.combine_sources('web_events') }}
),

repeated_keys as (
    {{ segmentation.repeated_keys('web_events', 'combined') }}
)

select * from repeated_keys
