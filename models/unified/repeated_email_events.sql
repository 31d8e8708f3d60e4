{{ config(materialized='table') }}

{{ segmentation.repeated_keys('email_events') }}
