-- Numbers instead of names: the join below makes a row for each pair of segments of each customer.
with segments as (
    select
        segment,
        case when is_exclusive then family else segment end as family,
        members,
        row_number() over (order by segment) as segment_number
    from {{ ref('segments') }}
    where members > 0
),

members as (
    select
        members.customer_id,
        cast(segments.segment_number as integer) as segment_number
    from {{ ref('segment_members') }} as members
    inner join segments on members.segment = segments.segment
),

shared as (
    select
        members.segment_number,
        others.segment_number as other_number,
        count(*) as shared_members
    from members
    inner join members as others
        on members.customer_id = others.customer_id and members.segment_number < others.segment_number
    group by members.segment_number, others.segment_number
),

-- Variants of an exclusive family share nobody, by definition.
final as (
    select
        segments.segment,
        others.segment as other_segment,
        segments.members,
        others.members as other_members,
        cast(shared.shared_members as bigint) as shared_members,
        {{ segmentation.share('shared.shared_members', 'segments.members + others.members - shared.shared_members') }} as jaccard,
        {{ segmentation.share('shared.shared_members', 'least(segments.members, others.members)') }} as share_of_smaller
    from shared
    inner join segments on shared.segment_number = segments.segment_number
    inner join segments as others on shared.other_number = others.segment_number
    where segments.family != others.family
)

select * from final
