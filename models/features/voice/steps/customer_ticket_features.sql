with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

tickets as (
    {{ segmentation.rows_of_people('unified_support_tickets', 'opened_at') }}
),

-- As the desk knew them on the day: what was closed or rated later is open and not rated yet.
known as (
    select
        tickets.customer_id,
        cast(tickets.opened_at as date) as opened_on,
        {{ segmentation.days_between('cast(tickets.opened_at as date)', 'as_of.as_of_on') }} as age_days,
        tickets.closed_at is null or tickets.closed_at >= cast(as_of.as_of_on as timestamp) as is_open,
        tickets.topic,
        case
            when
                (tickets.closed_at is null or tickets.closed_at < cast(as_of.as_of_on as timestamp))
                and not {{ segmentation.is_impossible_score("'satisfaction'", 'tickets.satisfaction_score') }}
                then tickets.satisfaction_score
        end as satisfaction_score,
        row_number() over (
            partition by tickets.customer_id
            order by tickets.opened_at desc, tickets.source, tickets.ticket_id
        ) as newest_rank
    from tickets
    cross join as_of
),

final as (
    select
        customer_id,
        count(*) as tickets,
        sum(case when is_open then 1 else 0 end) as open_tickets,
        sum(case when age_days <= 90 then 1 else 0 end) as tickets_90d,
        max(opened_on) as last_ticket_on,
        max(case when newest_rank = 1 then topic end) as last_ticket_topic,
        min(satisfaction_score) as lowest_ticket_score
    from known
    group by customer_id
)

select * from final
