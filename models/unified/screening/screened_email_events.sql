{%- set types = segmentation.quoted(segmentation.email_event_types()) -%}

with {{ segmentation.mark_duplicates('email_events', ref('repeated_email_events')) }},

words as (
    select * from {{ ref('email_event_words') }}
),

-- Tools have words of their own for the same things. Known ones are not looked up: there are millions of them.
translated as (
    select
        {% for column in segmentation.delivered_columns('email_events') if column not in ('event_type', 'bounce_type') %}
        marked.{{ column }},
        {% endfor %}
        coalesce(event_words.meaning, marked.event_type) as event_type,
        coalesce(bounce_words.meaning, marked.bounce_type, event_words.bounce_type) as bounce_type,
        marked.duplicate_check
    from marked
    left join words as event_words
        on
            event_words.column_name = 'event_type'
            and case when marked.event_type not in ({{ types }}) then {{ segmentation.folded_word('marked.event_type') }} end
            = event_words.word
    left join words as bounce_words
        on
            bounce_words.column_name = 'bounce_type'
            and case when marked.bounce_type not in ('hard', 'soft') then {{ segmentation.folded_word('marked.bounce_type') }} end
            = bounce_words.word
),

screened as (
    select
        translated.*,
        case
            when duplicate_check is not null then duplicate_check
            when {{ segmentation.lacks_required_value('email_events') }} then 'missing_value'
            when {{ segmentation.is_implausible('occurred_at') }} then 'implausible_date'
            when {{ segmentation.is_future('occurred_at') }} then 'future_date'
        end as set_aside_because
    from translated
)

select * from screened
