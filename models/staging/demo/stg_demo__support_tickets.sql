{{ config(enabled='demo' in segmentation.sources_of('support_tickets')) }}

select * from {{ source('segmentation_demo', 'support_tickets') }}
