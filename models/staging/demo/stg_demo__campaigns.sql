{{ config(enabled='demo' in segmentation.sources_of('campaigns')) }}

select * from {{ source('segmentation_demo', 'campaigns') }}
