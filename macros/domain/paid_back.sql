{# What was paid back of an order, from its own columns as delivered: at most what the goods cost, for a refund
   never makes a customer better or an order negative. A refunded order that does not say how much is refunded
   in full. #}
{% macro paid_back() -%}
    case
        when order_status = 'refunded' and refunded_amount = 0 then order_amount
        else least(abs(refunded_amount), order_amount)
    end
{%- endmacro %}

{# True for a time of a refund that would take the refund out of every day, or into all of them. #}
{% macro is_impossible_refund_time(prefix='') -%}
    coalesce(
        {{ segmentation.is_implausible(prefix ~ 'refunded_at') }} or {{ segmentation.is_future(prefix ~ 'refunded_at', prefix) }}, false
    )
{%- endmacro %}
