{{ config(enabled='files' in segmentation.sources_of('order_lines')) }}

{{ segmentation.read_contract_file('order_lines') }}
