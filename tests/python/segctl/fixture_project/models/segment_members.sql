{%- set as_of = "(select as_of_on from " ~ ref('as_of_day') ~ ")" %}
select 'loyal_buyers' as segment, customer_id, {{ as_of }} as entered_on from {{ ref('segment_loyal_buyers') }}
union all
select 'everyone', customer_id, {{ as_of }} from {{ ref('segment_everyone') }}
union all
select 'country_' || lower(variant), customer_id, {{ as_of }} from {{ ref('segment_country') }}
union all
select 'no_one', customer_id, {{ as_of }} from {{ ref('segment_no_one') }}
union all
select 'newcomers', customer_id, {{ as_of }} from {{ ref('segment_newcomers') }}
where customer_id not in (select customer_id from {{ ref('segment_loyal_buyers') }})
