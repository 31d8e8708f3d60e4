with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

history as (
    select * from {{ ref('segment_history') }}
),

-- Each variant's range of the 10,000 buckets, in alphabetical order.
variants as (
    select
        cast(experiment as {{ dbt.type_string() }}) as experiment,
        cast(segment as {{ dbt.type_string() }}) as segment,
        cast(variant as {{ dbt.type_string() }}) as variant,
        starts_on,
        ends_on,
        cast(round(10000 * (sum(share) over (
            partition by experiment order by variant
            rows between unbounded preceding and current row
        ) - share), 0) as integer) as first_bucket,
        cast(round(10000 * sum(share) over (
            partition by experiment order by variant
            rows between unbounded preceding and current row
        ), 0) as integer) as next_bucket
    from {{ ref('experiments_in_use') }}
),

experiments as (
    select distinct
        variants.experiment,
        variants.segment,
        variants.starts_on,
        variants.ends_on,
        as_of.as_of_on
    from variants
    cross join as_of
    where variants.starts_on <= as_of.as_of_on
),

-- Everybody who was in the segment on a day of the experiment; who has left keeps the variant.
stays as (
    select
        experiments.experiment,
        experiments.segment,
        experiments.starts_on,
        experiments.ends_on,
        experiments.as_of_on,
        history.customer_id,
        history.entered_on,
        history.left_on,
        coalesce(history.entered_as, history.customer_id) as dealt_as,
        row_number() over (
            partition by experiments.experiment, history.customer_id order by history.entered_on
        ) as stay_number
    from experiments
    inner join history
        on
            experiments.segment = history.segment
            and experiments.ends_on >= history.entered_on
            and (history.left_on is null or experiments.starts_on < history.left_on)
),

participants as (
    select
        experiment,
        segment,
        customer_id,
        as_of_on,
        as_of_on <= ends_on as is_running,
        min(greatest(entered_on, starts_on)) as assigned_on,
        max(case when left_on is null then 1 else 0 end) = 1 as is_member,
        min(case when stay_number = 1 then dealt_as end) as dealt_as
    from stays
    group by experiment, segment, customer_id, as_of_on, ends_on
),

-- By the name of the first stay: whoever gets a new name later keeps the variant.
dealt as (
    select
        participants.*,
        {{ segmentation.hash_bucket("experiment || '|' || dealt_as") }} as bucket
    from participants
),

final as (
    select
        dealt.experiment,
        dealt.segment,
        dealt.customer_id,
        dealt.as_of_on,
        dealt.bucket,
        variants.variant,
        variants.variant = 'holdout' as is_holdout,
        dealt.assigned_on,
        dealt.is_member,
        dealt.is_running
    from dealt
    inner join variants
        on
            dealt.experiment = variants.experiment
            and dealt.bucket >= variants.first_bucket
            and dealt.bucket < variants.next_bucket
)

select * from final
