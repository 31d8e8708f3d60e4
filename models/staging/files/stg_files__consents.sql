{{ config(enabled='files' in segmentation.sources_of('consents')) }}

{{ segmentation.read_contract_file('consents') }}
