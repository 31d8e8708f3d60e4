with definitions as (
    select * from {{ ref('segment_definitions') }}
),

segments as (
    select segment from {{ ref('segment_change_log') }}
    where change != 'built'
    group by segment
),

-- The log knows names of segments only. A name may begin like two families (`city` and `city_buyers`):
-- the longest fits.
matches as (
    select
        segments.segment,
        definitions.rule_name,
        definitions.is_family,
        definitions.is_exclusive,
        definitions.re_entry,
        definitions.re_entry_days,
        row_number() over (
            partition by segments.segment
            order by length(definitions.rule_name) desc, definitions.rule_name
        ) as match_rank
    from segments
    inner join definitions
        on
            (not definitions.is_family and segments.segment = definitions.rule_name)
            or (
                definitions.is_family
                and substr(segments.segment, 1, length(definitions.rule_name) + 1) = definitions.rule_name || '_'
            )
),

final as (
    select
        segment,
        rule_name,
        is_family,
        is_exclusive,
        re_entry,
        re_entry_days
    from matches
    where match_rank = 1
)

select * from final
