with identifiers as (
    select * from {{ ref('customer_identifiers') }}
),

final as (
    select
        {{ segmentation.customer_name('identifier_type', 'source', 'identifier_value') }} as customer_name,
        customer_id
    from identifiers
    where identifier_type in ('customer_id', 'email')
)

select * from final
