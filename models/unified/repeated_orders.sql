{{ config(materialized='table') }}

{{ segmentation.repeated_keys('orders') }}
