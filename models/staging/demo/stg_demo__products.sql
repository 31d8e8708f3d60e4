{{ config(enabled='demo' in segmentation.sources_of('products')) }}

select * from {{ source('segmentation_demo', 'products') }}
