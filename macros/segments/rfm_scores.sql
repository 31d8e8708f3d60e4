{# CTEs from `buyers` (customer_id, recency_days, frequency, monetary) to `scored`, which adds the scores 1
   to 5. Customers with the same value always share a score, whatever the method:
   quantile      edges are the quintiles (type 7); a value up to less than one above an edge still belongs
                 below it, as the R package rfm does. "One" is a day, an order, a unit of the currency.
   percent_rank  by the share of customers with a smaller value, without any scale.
   fixed         by the lower bounds in the seed rfm_fixed_thresholds. #}
{% macro rfm_scores(method) %}
    {%- set measures = ['recency_days', 'frequency', 'monetary'] -%}
    {%- if method == 'quantile' -%}
{%- for measure in measures %}
{#- A select for each: Redshift sorts by one thing only. #}
{{ measure }}_edges as (
    select
        {%- for quintile in range(1, 5) %}
        {{ segmentation.percentile('0.' ~ 2 * quintile, 'cast(' ~ measure ~ ' as ' ~ segmentation.double_type() ~ ')') }}
            + 1 as {{ measure }}_{{ quintile }}{{ ',' if not loop.last }}
        {%- endfor %}
    from buyers
),
{% endfor %}
edges as (
    select *
    from {{ measures[0] }}_edges
    {%- for measure in measures[1:] %}
    cross join {{ measure }}_edges
    {%- endfor %}
),

scored as (
    select
        buyers.*,
        {%- for measure in measures %}
        case
            {%- for quintile in range(1, 5) %}
            when buyers.{{ measure }} < edges.{{ measure }}_{{ quintile }}
                then {{ 6 - quintile if measure == 'recency_days' else quintile }}
            {%- endfor %}
            else {{ 1 if measure == 'recency_days' else 5 }}
        end as {{ segmentation.rfm_score_name(measure) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from buyers
    cross join edges
)
    {%- elif method == 'percent_rank' -%}
ranked as (
    select
        buyers.*,
        {%- for measure in measures %}
        percent_rank() over (order by {{ measure }}{{ ' desc' if measure == 'recency_days' }}) as {{ measure }}_rank{{ ',' if not loop.last }}
        {%- endfor %}
    from buyers
),

scored as (
    select
        customer_id,
        as_of_on,
        recency_days,
        frequency,
        monetary,
        {%- for measure in measures %}
        cast(least(5, floor({{ measure }}_rank * 5) + 1) as integer) as {{ segmentation.rfm_score_name(measure) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from ranked
)
    {%- else -%}
bounds as (
    select
        {%- for measure in measures %}{% set outer_last = loop.last %}{% for score in range(1, 6) %}
        max(case when measure = '{{ measure }}' and score = {{ score }} then lower_bound end) as {{ measure }}_{{ score }}{{ ',' if not (outer_last and loop.last) }}
        {%- endfor %}{% endfor %}
    from {{ ref('rfm_fixed_thresholds') }}
),

scored as (
    select
        buyers.*,
        {%- for measure in measures %}
        case
            {%- for score in (range(1, 5) if measure == 'recency_days' else range(5, 1, -1)) %}
            when buyers.{{ measure }} >= bounds.{{ measure }}_{{ score }} then {{ score }}
            {%- endfor %}
            else {{ 5 if measure == 'recency_days' else 1 }}
        end as {{ segmentation.rfm_score_name(measure) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from buyers
    cross join bounds
)
    {%- endif %}
{% endmacro %}

{% macro rfm_score_name(measure) %}
    {{- return({'recency_days': 'recency_score', 'frequency': 'frequency_score', 'monetary': 'monetary_score'}[measure]) }}
{% endmacro %}
