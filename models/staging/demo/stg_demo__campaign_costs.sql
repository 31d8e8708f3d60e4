{{ config(enabled='demo' in segmentation.sources_of('campaign_costs')) }}

select * from {{ source('segmentation_demo', 'campaign_costs') }}
