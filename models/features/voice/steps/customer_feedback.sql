with answers as (
    select * from {{ ref('customer_survey_answers') }}
    where is_feedback
),

lexicon as (
    select * from {{ ref('feedback_words') }}
),

thresholds as (
    {{ segmentation.settings('feature_thresholds', ['positive_sentiment', 'negative_sentiment']) }}
),

words as (
    {{ segmentation.split_words('answers', ['source', 'response_id'], 'answer') }}
),

known as (
    select
        words.source,
        words.response_id,
        words.word_number,
        lexicon.language,
        lexicon.role,
        lexicon.weight,
        lexicon.topic
    from words
    inner join lexicon on words.word = lexicon.word
),

-- A text is in the language of which it has the most words: fast is praise in English and almost in German.
languages as (
    select
        source,
        response_id,
        language,
        row_number() over (partition by source, response_id order by count(*) desc, language) as language_rank
    from known
    group by source, response_id, language
),

spoken as (
    select known.*
    from known
    inner join languages
        on
            known.source = languages.source
            and known.response_id = languages.response_id
            and known.language = languages.language
            and languages.language_rank = 1
),

-- What stands up to two words before turns or strengthens it.
scored as (
    select
        spoken.source,
        spoken.response_id,
        spoken.word_number,
        case when mod(count(case when modifiers.role = 'negation' then 1 end), 2) = 1 then -1 else 1 end as direction,
        cast(round(10 * spoken.weight * coalesce(max(case when modifiers.role = 'intensifier' then modifiers.weight end), 1), 0) as integer)
            as tenths
    from spoken
    left join spoken as modifiers
        on
            spoken.source = modifiers.source
            and spoken.response_id = modifiers.response_id
            and modifiers.role in ('negation', 'intensifier')
            and modifiers.word_number between spoken.word_number - 2 and spoken.word_number - 1
    where spoken.role = 'sentiment'
    group by spoken.source, spoken.response_id, spoken.word_number, spoken.weight
),

summed as (
    select
        source,
        response_id,
        cast(sum(direction * tenths) as bigint) as tenths
    from scored
    group by source, response_id
),

subjects as (
    select
        source,
        response_id,
        {{ segmentation.sorted_texts('topic') }} as topics
    from spoken
    group by source, response_id
),

-- Between -1 and 1, and the nearer to them the more is said: one strong word is 0.4, three are 0.7.
rated as (
    select
        answers.customer_id,
        answers.source,
        answers.response_id,
        answers.responded_at,
        answers.responded_on,
        languages.language,
        subjects.topics,
        case
            when languages.language is not null
                then cast(
                    case when summed.tenths < 0 then -1 else 1 end
                    * coalesce({{ segmentation.divide_rounded('1000 * abs(summed.tenths)', 'abs(summed.tenths) + 40') }}, 0)
                    as numeric(9, 3)
                )
        end as thousandths
    from answers
    left join languages
        on answers.source = languages.source and answers.response_id = languages.response_id and languages.language_rank = 1
    left join summed on answers.source = summed.source and answers.response_id = summed.response_id
    left join subjects on answers.source = subjects.source and answers.response_id = subjects.response_id
),

final as (
    select
        rated.customer_id,
        rated.source,
        rated.response_id,
        rated.responded_on,
        rated.language,
        cast(rated.thousandths / 1000 as numeric(4, 3)) as sentiment,
        case
            when rated.thousandths is null then 'unknown'
            when rated.thousandths >= 1000 * thresholds.positive_sentiment then 'positive'
            when rated.thousandths <= 1000 * thresholds.negative_sentiment then 'negative'
            else 'neutral'
        end as sentiment_label,
        rated.topics,
        row_number() over (
            partition by rated.customer_id
            order by rated.responded_at desc, rated.source, rated.response_id
        ) as newest_rank
    from rated
    cross join thresholds
)

select * from final
