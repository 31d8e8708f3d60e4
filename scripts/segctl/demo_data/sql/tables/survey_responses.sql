-- Grain: one row per answered question. Whoever takes part answers the score questions and some of
-- the others; what is written fits the score given.
with taken as (
    select
        *,
        signed_up_s + (u(person, 871) * (period_end() - signed_up_s - 3600))::bigint as responded_s,
        -- Who reads the mails likes the shop: 0 unhappy, 1 content, 2 happy.
        least(2, floor(3.4 * pow(u(person, 872), 0.5 + 0.15 * reading_tier)))::integer as mood
    from people
    where chance(person, 870, survey_share())
),

answers as (
    select
        person,
        0 as number,
        'nps' as survey,
        'How likely are you to recommend us to a friend?' as question,
        [0, 7, 9][mood + 1] + whole(person, 873, [7, 2, 2][mood + 1]) as score,
        null as answer
    from taken
    union all
    select
        person,
        1,
        'satisfaction',
        'How satisfied are you with your last order?',
        [1, 3, 4][mood + 1] + whole(person, 874, 2),
        null
    from taken
    where chance(person, 875, 0.8)
    union all
    select
        person,
        2,
        'values',
        'What matters most to you when you buy from us?',
        null,
        pick(['price', 'quality', 'sustainability', 'service', 'design', 'speed'], person, 876)
    from taken
    where chance(person, 877, 0.6)
    union all
    select
        person,
        3,
        'interests',
        'What would you like to read more about?',
        null,
        topics()[favourite + 1]
    from taken
    where chance(person, 878, 0.5)
    union all
    select
        person,
        4,
        'feedback',
        'Anything else you would like to tell us?',
        null,
        pick(
            [
                [
                    'The parcel came a week late and nobody answered my mail.',
                    'Too many newsletters, I stopped reading them.',
                    'The return was complicated and the refund took ages.',
                    'The product broke after two weeks.'
                ],
                [
                    'Fine so far, but shipping could be cheaper.',
                    'The search rarely finds what I am looking for.',
                    'Good products, the checkout asks for too much.',
                    'Please offer more sizes.'
                ],
                [
                    'Fast delivery and lovely packaging, thank you!',
                    'Great quality, I will order again.',
                    'The guides on your site are really helpful.',
                    'Friendly support, my question was solved in minutes.'
                ]
            ][mood + 1],
            person, 879
        )
    from taken
    where chance(person, 880, 0.4)
)

select
    a.person * 8 + a.number as sort_key,
    0 as copy,
    'F' || (a.person * 8 + a.number) as response_id,
    if(t.guest_only, null, customer_id(a.person, 0)) as source_customer_id,
    if(t.guest_only or chance(a.person, 881, 0.7), t.email, null) as email,
    a.survey,
    a.question,
    a.score,
    a.answer,
    moment(t.responded_s) as responded_at,
    arrival(t.responded_s, a.person * 8 + a.number, 882) as loaded_at
from answers as a
inner join taken as t on a.person = t.person
