-- Grain: one row per purchase; number 0 is the first one, at acquisition.
-- Gaps between purchases are exponential; added up in whole seconds, which is exact.
create or replace temp table purchases as
with gaps as (
    select
        person,
        acquired_s,
        number,
        -- Thirty years at most, so that the sums of those who never return stay in range.
        least(expo(person * 2048 + number, 190) / weekly_rate * 604800, 1e9)::bigint as gap_s
    from (
        select
            *,
            -- No more gaps than can matter: up to the dropout, or five standard deviations and six
            -- above the expected number until the end (missed in less than one of a million).
            unnest(
                range(
                    1,
                    1 + least(
                        last_repeat,
                        ceil(weekly_rate * weeks + 5 * sqrt(weekly_rate * weeks) + 6)::integer
                    )
                )
            ) as number
        from process
    )
),

repeats as (
    select
        person,
        number,
        acquired_s
            + sum(gap_s) over (partition by person order by number rows unbounded preceding)
            as ordered_s
    from gaps
)

select
    person,
    0 as number,
    acquired_s as ordered_s
from process
union all
select
    person,
    number,
    ordered_s::bigint
from repeats
where ordered_s < period_end();
