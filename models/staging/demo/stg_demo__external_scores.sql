{{ config(enabled='demo' in segmentation.sources_of('external_scores')) }}

select * from {{ source('segmentation_demo', 'external_scores') }}
