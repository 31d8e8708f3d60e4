{{ config(
    materialized='table',
    pre_hook="{{ segmentation.stop_on_wrong_types('order_lines') }}",
    **segmentation.indexed(['source'] + segmentation.contract_key('order_lines'))
) }}

with {{ segmentation.repeated_rows('order_lines') }}

select * from repeated
