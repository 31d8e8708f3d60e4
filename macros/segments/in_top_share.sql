{# Whether a rank (1 is the highest; equal values share the smallest) lies within the top share of so many: of 6 the top
   fifth are 2. Never empty, whatever is equal; who is equal is in or out together. #}
{% macro in_top_share(rank, count, share) -%}
    {{ rank }} < {{ share }} * {{ count }} + 1
{%- endmacro %}
