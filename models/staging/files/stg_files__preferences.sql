{{ config(enabled='files' in segmentation.sources_of('preferences')) }}

{{ segmentation.read_contract_file('preferences') }}
