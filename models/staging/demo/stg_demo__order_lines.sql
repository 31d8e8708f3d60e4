{{ config(enabled='demo' in segmentation.sources_of('order_lines')) }}

select * from {{ source('segmentation_demo', 'order_lines') }}
