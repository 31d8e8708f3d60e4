{# A number from 0 to buckets - 1 for a text, spread evenly and the same on every engine, however often it
   is asked: the first 32 bits of the text's md5, modulo the number of buckets. #}
{% macro hash_bucket(expression, buckets=10000) -%}
    cast(mod({{ segmentation.hex_to_integer('substr(' ~ dbt.hash(expression) ~ ', 1, 8)') }}, {{ buckets }}) as integer)
{%- endmacro %}
