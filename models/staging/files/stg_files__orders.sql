{{ config(enabled='files' in segmentation.sources_of('orders')) }}

{{ segmentation.read_contract_file('orders') }}
