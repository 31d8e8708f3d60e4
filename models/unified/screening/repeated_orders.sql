{{ config(
    materialized='table',
    pre_hook="{{ segmentation.stop_on_wrong_types('orders') }}",
    **segmentation.indexed(['source'] + segmentation.contract_key('orders'))
) }}

with {{ segmentation.repeated_rows('orders') }}

select * from repeated
