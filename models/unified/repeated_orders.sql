{{ config(materialized='table') }}

with combined as (
    {{ segmentation.combine_sources('orders') }}
),

repeated_keys as (
    {{ segmentation.repeated_keys('orders', 'combined') }}
)

select * from repeated_keys
