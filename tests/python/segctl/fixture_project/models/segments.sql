with catalogue as (

    select 'loyal_buyers' as segment, 'Loyal buyers' as title, 'value' as kind, null as family, 'segment_loyal_buyers' as model_name
    union all select 'everyone', 'Everyone', 'base', null, 'segment_everyone'
    union all select 'no_one', 'No one', 'base', null, 'segment_no_one'
    union all select 'newcomers', 'Newcomers', 'base', null, 'segment_newcomers'
    union all
    select distinct 'country_' || lower(variant), 'Country: ' || variant, 'geography', 'country', 'segment_country'
    from {{ ref('segment_country') }}

)

select
    catalogue.segment,
    catalogue.title,
    'A description.' as description,
    'crm' as owner,
    catalogue.kind,
    'marketing' as purpose,
    catalogue.family,
    case when catalogue.segment = 'newcomers' then 'loyal_buyers' end as excludes,
    catalogue.model_name,
    count(members.customer_id) as members,
    round(count(members.customer_id)::numeric / (select count(*) from {{ ref('people') }}), 4) as share,
    (select as_of_on from {{ ref('as_of_day') }}) as as_of_on
from catalogue
left join {{ ref('segment_members') }} as members on catalogue.segment = members.segment
group by 1, 2, 3, 4, 5, 6, 7, 8, 9
