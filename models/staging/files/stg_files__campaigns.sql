{{ config(enabled='files' in segmentation.sources_of('campaigns')) }}

{{ segmentation.read_contract_file('campaigns') }}
