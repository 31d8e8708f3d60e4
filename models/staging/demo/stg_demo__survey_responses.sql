{{ config(enabled='demo' in segmentation.sources_of('survey_responses')) }}

select * from {{ source('segmentation_demo', 'survey_responses') }}
