{# Pre-hook of the first model that is made from e-mail events, for the days that it makes: what a word means that
   neither the contract nor the seed email_event_words knows cannot be guessed, and an unsubscribe that nobody
   understands would be mailed on. #}
{% macro stop_on_unknown_mail_events() %}
    {%- set days = segmentation.stale_days('email_events') -%}
    {%- set query -%}
        select
            delivered.event_type as subject,
            min(delivered.source || ' ' || coalesce(delivered.email_event_id, '?')) as sample_value,
            count(*) as row_count
        from ({{ segmentation.combine_sources('email_events') }}) as delivered
        left join {{ ref('email_event_words') }} as words
            on words.column_name = 'event_type' and {{ segmentation.folded_word('delivered.event_type') }} = words.word
        where
            {{ segmentation.in_days('delivered.occurred_at', days) }}
            and delivered.event_type not in ({{ segmentation.quoted(segmentation.email_event_types()) }})
            and words.word is null
        group by delivered.event_type
        order by delivered.event_type
    {%- endset -%}
    {{ segmentation.stop_on(
        query,
        "unified_email_events.event_type: '{subject}' is none of " ~ segmentation.email_event_types() | join(', ')
        ~ " ({rows}, for example event {sample}). Map it to one of these in your stg_<source>__email_events, leave such rows out there, or add the word to the seed email_event_words."
    ) }}
{% endmacro %}

{# A word as the seed email_event_words spells it: `Hard Bounce` and `hard-bounce` are `hard_bounce`. #}
{% macro folded_word(expression) -%}
    replace(replace({{ expression }}, ' ', '_'), '-', '_')
{%- endmacro %}
