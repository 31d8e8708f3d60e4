with as_of as (
    select as_of_on from {{ ref('as_of_day') }}
),

answers as (
    select * from {{ ref('customer_survey_answers') }}
),

feedback as (
    select * from {{ ref('customer_feedback') }}
),

tickets as (
    select * from {{ ref('customer_ticket_features') }}
),

scores as (
    select
        customer_id,
        count(*) as external_scores
    from {{ ref('customer_external_scores') }}
    group by customer_id
),

surveyed as (
    select
        customer_id,
        max(case when survey = 'nps' then score end) as nps_score,
        max(case when survey = 'nps' then responded_on end) as nps_on,
        max(case when survey = 'satisfaction' then score end) as satisfaction_score,
        max(case when survey = 'satisfaction' then responded_on end) as satisfaction_on
    from answers
    where newest_rank = 1 and score is not null
    group by customer_id
),

counted as (
    select
        customer_id,
        count(*) as answers,
        sum(case when is_feedback then 1 else 0 end) as feedbacks
    from answers
    group by customer_id
),

people as (
    select customer_id from counted
    {{ segmentation.union_distinct() }}
    select customer_id from tickets
    {{ segmentation.union_distinct() }}
    select customer_id from scores
),

final as (
    select
        people.customer_id,
        as_of.as_of_on,
        cast(coalesce(counted.answers, 0) as bigint) as survey_answers,
        surveyed.nps_score,
        case
            when surveyed.nps_score >= 9 then 'promoter'
            when surveyed.nps_score >= 7 then 'passive'
            when surveyed.nps_score >= 0 then 'detractor'
        end as nps_group,
        surveyed.nps_on,
        surveyed.satisfaction_score,
        surveyed.satisfaction_on,
        cast(coalesce(counted.feedbacks, 0) as bigint) as feedbacks,
        feedback.responded_on as feedback_on,
        feedback.sentiment as feedback_sentiment,
        feedback.sentiment_label as feedback_label,
        feedback.topics as feedback_topics,
        cast(coalesce(tickets.tickets, 0) as bigint) as tickets,
        cast(coalesce(tickets.open_tickets, 0) as bigint) as open_tickets,
        cast(coalesce(tickets.tickets_90d, 0) as bigint) as tickets_90d,
        tickets.last_ticket_on,
        tickets.last_ticket_topic,
        tickets.lowest_ticket_score,
        cast(coalesce(scores.external_scores, 0) as bigint) as external_scores
    from people
    cross join as_of
    left join counted on people.customer_id = counted.customer_id
    left join surveyed on people.customer_id = surveyed.customer_id
    left join feedback on people.customer_id = feedback.customer_id and feedback.newest_rank = 1
    left join tickets on people.customer_id = tickets.customer_id
    left join scores on people.customer_id = scores.customer_id
)

select * from final
