{{ config(materialized='table') }}

with combined as (
    {{ segmentation.combine_sources('email_events') }}
),

repeated_keys as (
    {{ segmentation.repeated_keys('email_events', 'combined') }}
)

select * from repeated_keys
