{{ config(enabled='files' in segmentation.sources_of('external_scores')) }}

{{ segmentation.read_contract_file('external_scores') }}
