with segments as (
    select * from {{ ref('segments') }}
),

overlap as (
    select * from {{ ref('segment_overlap') }}
),

changes as (
    select * from {{ ref('segment_changes') }}
),

thresholds as (
    {{ segmentation.settings(
        'segment_thresholds',
        ['minimum_members', 'maximum_share', 'maximum_jaccard', 'maximum_days_unchanged'],
        "segment = 'all'"
    ) }}
),

pairs as (
    select
        segment,
        other_segment,
        jaccard
    from overlap

    union all

    select
        other_segment as segment,
        segment as other_segment,
        jaccard
    from overlap
),

ranked_pairs as (
    select
        pairs.*,
        row_number() over (partition by segment order by jaccard desc, other_segment) as similarity_rank
    from pairs
),

last_changes as (
    select
        segment,
        max(changed_on) as last_changed_on
    from changes
    where entries > 0 or exits > 0
    group by segment
),

measured as (
    select
        segments.segment,
        segments.as_of_on,
        segments.members,
        segments.mailable_members,
        segments.share,
        segments.members < thresholds.minimum_members as is_too_small,
        segments.share > thresholds.maximum_share and segments.large_because is null as is_too_large,
        ranked_pairs.other_segment as most_similar_segment,
        ranked_pairs.jaccard as highest_jaccard,
        coalesce(ranked_pairs.jaccard >= thresholds.maximum_jaccard, false) as is_too_similar,
        last_changes.last_changed_on,
        {{ segmentation.days_between('last_changes.last_changed_on', 'segments.as_of_on') }} as days_unchanged,
        thresholds.maximum_days_unchanged
    from segments
    cross join thresholds
    left join ranked_pairs on segments.segment = ranked_pairs.segment and ranked_pairs.similarity_rank = 1
    left join last_changes on segments.segment = last_changes.segment
),

flagged as (
    select
        measured.*,
        coalesce(days_unchanged > maximum_days_unchanged, false) as is_unchanged_for_long
    from measured
),

final as (
    select
        segment,
        as_of_on,
        members,
        mailable_members,
        share,
        is_too_small,
        is_too_large,
        most_similar_segment,
        highest_jaccard,
        is_too_similar,
        last_changed_on,
        days_unchanged,
        is_unchanged_for_long,
        {{ segmentation.health_advice() }} as advice
    from flagged
)

select * from final
