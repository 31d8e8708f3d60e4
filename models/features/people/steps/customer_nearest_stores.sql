with profiles as (
    select
        customer_id,
        latitude,
        longitude,
        cast(round(latitude * 10, 0) as integer) as north_cell,
        cast(round(longitude * 10, 0) as integer) as east_cell
    from {{ ref('customer_profiles') }}
    where latitude is not null and longitude is not null
),

open_stores as (
    select stores.*
    from {{ ref('stores_in_use') }} as stores
    cross join {{ ref('as_of_day') }} as as_of
    where
        not {{ segmentation.is_impossible_place('stores.latitude', 'stores.longitude') }}
        and (stores.opened_on is null or stores.opened_on <= as_of.as_of_on)
        and (stores.closed_on is null or stores.closed_on > as_of.as_of_on)
),

-- A tenth of a degree each way: few cells, however many people live in them.
cells as (
    select distinct
        north_cell,
        east_cell
    from profiles
),

cell_distances as (
    select
        cells.north_cell,
        cells.east_cell,
        stores.store_id,
        {{ segmentation.kilometres_between('cells.north_cell * 0.1', 'cells.east_cell * 0.1', 'stores.latitude', 'stores.longitude') }}
            as centre_km
    from cells
    cross join open_stores as stores
),

-- Nobody is further than 8 km from the centre of the cell, so whoever is nearest to a person is at most
-- 16 km further from the centre than the store nearest to it.
shortlists as (
    select
        ranked.north_cell,
        ranked.east_cell,
        ranked.store_id
    from (
        select
            cell_distances.*,
            min(centre_km) over (partition by north_cell, east_cell) as least_km
        from cell_distances
    ) as ranked
    where ranked.centre_km <= ranked.least_km + 16
),

distances as (
    select
        profiles.customer_id,
        stores.store_id,
        {{ segmentation.kilometres_between('profiles.latitude', 'profiles.longitude', 'stores.latitude', 'stores.longitude') }} as distance_km
    from profiles
    inner join shortlists
        on profiles.north_cell = shortlists.north_cell and profiles.east_cell = shortlists.east_cell
    inner join open_stores as stores on shortlists.store_id = stores.store_id
),

ranked as (
    select
        distances.*,
        row_number() over (partition by customer_id order by distance_km, store_id) as nearest_rank
    from distances
),

final as (
    select
        customer_id,
        cast(store_id as {{ dbt.type_string() }}) as nearest_store_id,
        cast(distance_km as numeric(9, 1)) as nearest_store_km
    from ranked
    where nearest_rank = 1
)

select * from final
