{{ config(enabled='files' in segmentation.sources_of('customers')) }}

{{ segmentation.read_contract_file('customers') }}
