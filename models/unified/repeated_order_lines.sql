{{ config(materialized='table') }}

with combined as (
    {{ segmentation.combine_sources('order_lines') }}
),

repeated_keys as (
    {{ segmentation.repeated_keys('order_lines', 'combined') }}
)

select * from repeated_keys
