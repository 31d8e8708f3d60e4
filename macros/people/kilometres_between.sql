{# Great-circle distance of two places in kilometres (haversine), to the metre: digits beyond it differ
   between engines. Degrees are turned into radians by hand, because not every engine has radians(). #}
{% macro kilometres_between(latitude, longitude, other_latitude, other_longitude) -%}
    {%- set phi, other_phi = segmentation.in_radians(latitude), segmentation.in_radians(other_latitude) -%}
    {%- set step_north = segmentation.in_radians('(' ~ other_latitude ~ ' - ' ~ latitude ~ ')') -%}
    {%- set step_east = segmentation.in_radians('(' ~ other_longitude ~ ' - ' ~ longitude ~ ')') -%}
    cast(
        12742.0176 * asin(sqrt(least(
            1.0,
            power(sin({{ step_north }} / 2), 2)
            + cos({{ phi }}) * cos({{ other_phi }}) * power(sin({{ step_east }} / 2), 2)
        ))) as numeric(9, 3)
    )
{%- endmacro %}

{% macro in_radians(degrees) -%}
    (cast({{ degrees }} as {{ segmentation.double_type() }}) * 0.017453292519943295)
{%- endmacro %}
