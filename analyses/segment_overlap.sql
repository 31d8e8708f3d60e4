-- Which segments overlap, and by how much? One row per pair of segments that share members.
with members as (
    select
        segment,
        customer_id
    from {{ ref('segment_members') }}
),

sizes as (
    select
        segment,
        members
    from {{ ref('segments') }}
),

shared as (
    select
        members.segment,
        others.segment as other_segment,
        count(*) as shared_members
    from members
    inner join members as others
        on members.customer_id = others.customer_id and members.segment < others.segment
    group by members.segment, others.segment
)

select
    shared.segment,
    shared.other_segment,
    shared.shared_members,
    {{ segmentation.share('shared.shared_members', 'sizes.members') }} as share_of_segment,
    {{ segmentation.share('shared.shared_members', 'other_sizes.members') }} as share_of_other_segment
from shared
inner join sizes on shared.segment = sizes.segment
inner join sizes as other_sizes on shared.other_segment = other_sizes.segment
order by shared.shared_members desc, shared.segment, shared.other_segment
