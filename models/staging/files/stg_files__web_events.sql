{{ config(enabled='files' in segmentation.sources_of('web_events')) }}

{{ segmentation.read_contract_file('web_events') }}
