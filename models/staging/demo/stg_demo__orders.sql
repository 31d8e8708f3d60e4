{{ config(enabled='demo' in segmentation.sources_of('orders')) }}

select * from {{ source('segmentation_demo', 'orders') }}
