{{ config(enabled='files' in segmentation.sources_of('survey_responses')) }}

{{ segmentation.read_contract_file('survey_responses') }}
