{{ config(enabled='files' in segmentation.sources_of('campaign_costs')) }}

{{ segmentation.read_contract_file('campaign_costs') }}
