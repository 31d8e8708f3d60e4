{{ config(enabled='demo' in segmentation.sources_of('refunds')) }}

select * from {{ source('segmentation_demo', 'refunds') }}
