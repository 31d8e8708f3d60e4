{{ config(enabled='demo' in segmentation.sources_of('email_events')) }}

select * from {{ source('segmentation_demo', 'email_events') }}
