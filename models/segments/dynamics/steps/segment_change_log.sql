{{ config(
    materialized='incremental',
    incremental_strategy=segmentation.replace_partition_strategy(),
    partition_by=segmentation.overwritten_partition('changed_on'),
    unique_key='changed_on',
    full_refresh=false,
    on_schema_change='fail',
    **segmentation.clustered_by_day('changed_on')
) }}

-- What changed on each day that was built, against the day built before it. Building a day in between
-- rewrites two days: its own changes and those of the next built day, so that a backfill ends with the same
-- log as daily runs. A marker row per built day keeps days without changes. Names are those of the day, and stay:
-- who is called otherwise by now goes on under the name that entered, and leaves under it.
with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

members as (
    select
        segment,
        customer_id
    from {{ ref('segment_current') }}
),

{% if is_incremental() %}

log as (
    select * from {{ this }}
),

{% else %}

log as (
    select
        as_of_on as changed_on,
        cast(null as {{ dbt.type_string() }}) as segment,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast('built' as {{ dbt.type_string() }}) as change
    from as_of
    where false
),

{% endif %}

former_names as (
    select * from {{ ref('customer_names') }}
    where customer_name != customer_id
),

next_day as (
    select min(log.changed_on) as changed_on
    from log
    cross join as_of
    where log.change = 'built' and log.changed_on > as_of.as_of_on
),

balance as (
    select
        log.segment,
        log.customer_id,
        sum(case when log.changed_on < as_of.as_of_on then {{ segmentation.change_sign() }} else 0 end) as is_before,
        sum(case when log.changed_on <= as_of.as_of_on then {{ segmentation.change_sign() }} else 0 end) as is_written,
        sum(case when log.changed_on <= next_day.changed_on then {{ segmentation.change_sign() }} else 0 end) as is_after
    from log
    cross join as_of
    cross join next_day
    where log.change != 'built'
    group by log.segment, log.customer_id
),

compared as (
    select
        coalesce(members.segment, balance.segment) as segment,
        coalesce(members.customer_id, balance.customer_id) as customer_id,
        case when members.segment is not null then 1 else 0 end as is_now,
        coalesce(balance.is_before, 0) as is_before,
        coalesce(balance.is_written, 0) as is_written,
        coalesce(balance.is_after, 0) as is_after
    from members
    full outer join balance
        on members.segment = balance.segment and members.customer_id = balance.customer_id
),

-- A member who is in the log under a former name, before the day or when the day was built last.
under_former_names as (
    select
        members.segment,
        members.customer_id,
        compared.customer_id as customer_name
    from compared
    inner join former_names on compared.customer_id = former_names.customer_name
    inner join members
        on compared.segment = members.segment and former_names.customer_id = members.customer_id
    where compared.is_before = 1 or compared.is_written = 1
),

recorded as (
    select
        segment,
        customer_name as customer_id,
        1 as is_former
    from under_former_names
    {{ segmentation.union_distinct() }}
    select
        segment,
        customer_id,
        0 as is_former
    from under_former_names
),

named as (
    select
        compared.segment,
        compared.customer_id,
        case when recorded.is_former = 1 then 1 when recorded.is_former = 0 then compared.is_before else compared.is_now end as is_now,
        compared.is_before,
        compared.is_after
    from compared
    left join recorded
        on compared.segment = recorded.segment and compared.customer_id = recorded.customer_id
),

changes as (
    select
        as_of.as_of_on as changed_on,
        named.segment,
        named.customer_id,
        case when named.is_now = 1 then 'entered' else 'left' end as change
    from named
    cross join as_of
    where named.is_now != named.is_before

    union all

    select
        next_day.changed_on,
        named.segment,
        named.customer_id,
        case when named.is_after = 1 then 'entered' else 'left' end as change
    from named
    cross join next_day
    where next_day.changed_on is not null and named.is_now != named.is_after

    union all

    select
        changed_on,
        cast(null as {{ dbt.type_string() }}) as segment,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        'built' as change
    from next_day
    where changed_on is not null

    union all

    select
        as_of_on as changed_on,
        cast(null as {{ dbt.type_string() }}) as segment,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        'built' as change
    from as_of
)

select * from changes
