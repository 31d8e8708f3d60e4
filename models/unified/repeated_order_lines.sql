{{ config(materialized='table') }}

{{ segmentation.repeated_keys('order_lines') }}
