{{ config(enabled='demo' in segmentation.sources_of('preferences')) }}

select * from {{ source('segmentation_demo', 'preferences') }}
