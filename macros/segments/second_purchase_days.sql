{# One row: when the second purchase usually comes, in days since the first, from all who have bought twice.
   from_days and to_days hold the middle half of them, last_days nine of ten. With few such people, the
   defaults of the seed. #}
{% macro second_purchase_days() -%}
    select
        {%- for name, part in {'from_days': '0.25', 'to_days': '0.75', 'last_days': '0.9'}.items() %}
        case
            when count(features.days_to_second_purchase) >= max(defaults.minimum_repeat_buyers)
                then cast({{ segmentation.percentile(
                    part, 'cast(features.days_to_second_purchase as ' ~ segmentation.double_type() ~ ')'
                ) }} as numeric(9, 1))
            else cast(max(defaults.default_{{ name }}) as numeric(9, 1))
        end as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('customer_features') }} as features
    cross join (
        {{ segmentation.settings(
            'segment_thresholds',
            ['minimum_repeat_buyers', 'default_from_days', 'default_to_days', 'default_last_days'],
            "segment = 'second_order_due'"
        ) }}
    ) as defaults
{%- endmacro %}
