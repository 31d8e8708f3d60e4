{{ config(enabled='demo' in segmentation.sources_of('web_events')) }}

select * from {{ source('segmentation_demo', 'web_events') }}
