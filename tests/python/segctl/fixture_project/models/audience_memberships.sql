select
    members.segment as audience,
    members.customer_id,
    profiles.email,
    members.entered_on
from {{ ref('segment_members') }} as members
inner join {{ ref('audience_profiles') }} as profiles on members.customer_id = profiles.customer_id
-- Nobody has consented to the purpose of this one.
where members.segment != 'newcomers'
