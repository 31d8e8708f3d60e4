{{ config(enabled='files' in segmentation.sources_of('refunds')) }}

{{ segmentation.read_contract_file('refunds') }}
