{# What to do about the flags of a row of segment_health, in a sentence each; null when there is nothing to do. #}
{% macro health_advice() -%}
    nullif(trim(
        case
            when members = 0 then 'Nobody is in it: check the rule and the data that it reads. '
            when is_too_small then 'Too few people to act on: widen the rule, or drop the segment. '
            else ''
        end
        || case
            when is_too_large then 'It holds most people: narrow the rule, or say in its meta why (large_because). '
            else ''
        end
        || case
            when is_too_similar then 'Nearly the same people as ' || most_similar_segment || ': keep one of the two. '
            else ''
        end
        || case
            when is_unchanged_for_long
                then 'Nobody entered or left for ' || cast(days_unchanged as {{ dbt.type_string() }})
                    || ' days: check that its data still arrives. '
            else ''
        end
    ), '')
{%- endmacro %}
