{{ config(enabled='demo' in segmentation.sources_of('consents')) }}

select * from {{ source('segmentation_demo', 'consents') }}
