{{ config(enabled='files' in segmentation.sources_of('support_tickets')) }}

{{ segmentation.read_contract_file('support_tickets') }}
