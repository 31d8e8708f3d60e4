{# What was paid back of an order, from its own columns as delivered: at most what the goods cost, for a refund
   never makes a customer better or an order negative. A refunded order that does not say how much is refunded
   in full. #}
{% macro paid_back() -%}
    case
        when order_status = 'refunded' and refunded_amount = 0 then order_amount
        else least(abs(refunded_amount), order_amount)
    end
{%- endmacro %}

{# True for a time of a refund that would take the refund out of every day. When the order arrived says nothing
   about it: many loaders keep the time of the first arrival. #}
{% macro is_impossible_refund_time(refunded_at='refunded_at') -%}
    coalesce(
        {{ segmentation.is_implausible(refunded_at) }}
        or {{ refunded_at }} > {{ segmentation.add_to_time(segmentation.build_moment(), 1, 'day') }},
        false
    )
{%- endmacro %}
