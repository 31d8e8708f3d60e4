{{ config(materialized='table') }}

{{ segmentation.repeated_keys('web_events') }}
