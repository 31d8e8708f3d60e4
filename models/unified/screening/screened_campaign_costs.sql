{{ config(pre_hook="{{ segmentation.stop_on_wrong_types('campaign_costs') }}") }}

with {{ segmentation.mark_duplicates('campaign_costs') }},

screened as (
    select
        marked.*,
        case
            when duplicate_check is not null then duplicate_check
            when {{ segmentation.lacks_required_value('campaign_costs') }} then 'missing_value'
            when {{ segmentation.is_implausible('cast(cost_date as timestamp)') }} then 'implausible_date'
        end as set_aside_because
    from marked
)

select * from screened
