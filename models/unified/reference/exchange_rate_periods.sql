with rates as (
    select * from {{ ref('exchange_rates_in_use') }}
),

to_reporting_currency as (
    select
        from_currency as currency,
        cast(valid_from as timestamp) as valid_from,
        cast(rate as numeric(18, 8)) as exchange_rate
    from rates
    where to_currency = '{{ var("segmentation_currency") }}' and from_currency != to_currency
),

periods as (
    select
        currency,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by currency order by valid_from, exchange_rate),
            cast('9999-12-31' as timestamp)
        ) as valid_to,
        exchange_rate
    from to_reporting_currency

    union all

    select
        '{{ var("segmentation_currency") }}' as currency,
        cast('0001-01-01' as timestamp) as valid_from,
        cast('9999-12-31' as timestamp) as valid_to,
        cast(1 as numeric(18, 8)) as exchange_rate
)

select * from periods
