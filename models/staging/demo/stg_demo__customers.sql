{{ config(enabled='demo' in segmentation.sources_of('customers')) }}

select * from {{ source('segmentation_demo', 'customers') }}
