with screened as (
    select * from {{ ref('screened_refunds') }}
),

-- Some tools write what is taken away as a negative amount; both signs say the same.
kept as (
    select
        source,
        {% for column in segmentation.contract_columns('refunds') %}
        {{ 'abs(refund_amount) as refund_amount' if column.name == 'refund_amount' else column.name }}{{ ',' if not loop.last }}
        {% endfor %}
    from screened
    where set_aside_because is null
)

select * from kept
