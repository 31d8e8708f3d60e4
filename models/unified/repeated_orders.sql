{{ config(materialized='table', pre_hook="{{ segmentation.stop_on_wrong_types('orders') }}") }}

with {{ segmentation.repeated_rows('orders') }}

select * from repeated
