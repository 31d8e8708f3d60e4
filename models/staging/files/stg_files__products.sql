{{ config(enabled='files' in segmentation.sources_of('products')) }}

{{ segmentation.read_contract_file('products') }}
