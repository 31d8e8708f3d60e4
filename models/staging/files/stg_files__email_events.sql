{{ config(enabled='files' in segmentation.sources_of('email_events')) }}

{{ segmentation.read_contract_file('email_events') }}
