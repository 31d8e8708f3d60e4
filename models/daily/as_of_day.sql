{{ config(
    materialized='table',
    pre_hook=[
        '{{ segmentation.stop_on_unknown_map() }}', '{{ segmentation.stop_on_unknown_thresholds() }}',
        '{{ segmentation.stop_on_unknown_time_zone() }}', '{{ segmentation.stop_on_wrong_experiments() }}',
    ],
) }}

{{ segmentation.check_adapter() }}
{{ segmentation.check_vars() }}
{{ segmentation.check_segments() }}

-- Every public model reads this one. It depends on every table of the contract, so a fault in any of
-- them stops a build before a public table has changed.
{% for table in segmentation.contract_tables() %}
-- depends_on: {{ ref('unified_' ~ table) }}
{% endfor %}
-- depends_on: {{ ref('rfm_segment_map') }}
-- depends_on: {{ ref('segment_thresholds') }}
-- depends_on: {{ ref('experiments_in_use') }}
-- depends_on: {{ ref('time_zones') }}

{% if var('segmentation_as_of', none) %}

select cast('{{ var("segmentation_as_of") }}' as date) as as_of_on

{% else %}

with newest_days as (
    select max(cast(ordered_at as date)) as newest_on from {{ ref('unified_orders') }}
    union all
    select max(case when visitor_key is not null then occurred_on end) as newest_on from {{ ref('web_session_days') }}
    union all
    select max(case when sent is not null then occurred_on end) as newest_on from {{ ref('email_days') }}
    union all
    select max(cast(signed_up_at as date)) as newest_on from {{ ref('unified_customers') }}
),

midnight_after as (
    select
        {{ segmentation.add_to_date("coalesce(max(newest_on), cast('1970-01-01' as date))", 1) }} as as_of_on
    from newest_days
)

select * from midnight_after

{% endif %}
