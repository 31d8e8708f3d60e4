with edges as (
    select * from {{ ref('identity_edges') }}
),

links as (
    select
        record_node,
        identifier_node
    from edges
    where identifier_node is not null and cut_because is null
),

-- A visitor id by itself is nobody, nor is an address that many share; a customer record or an e-mail is somebody.
nodes as (
    select
        record_node as node,
        record_type as identifier_type,
        record_source as source,
        record_value as identifier_value,
        first_seen_at,
        registered_at
    from edges
    union all
    select
        identifier_node as node,
        identifier_type,
        cast(null as {{ dbt.type_string() }}) as source,
        identifier_value,
        first_seen_at,
        cast(null as timestamp) as registered_at
    from edges
    where
        identifier_node is not null
        and (cut_because is null or (identifier_type = 'email' and cut_because = 'identity_exception'))
),

distinct_nodes as (
    select
        node,
        identifier_type,
        source,
        identifier_value,
        min(first_seen_at) as first_seen_at,
        min(registered_at) as registered_at
    from nodes
    group by node, identifier_type, source, identifier_value
),

directed as (
    select
        record_node as node,
        identifier_node as neighbour
    from links
    union all
    select
        identifier_node as node,
        record_node as neighbour
    from links
),

degrees as (
    select
        node,
        count(*) as neighbours,
        min(neighbour) as only_neighbour
    from directed
    group by node
),

-- Most people are one record with its e-mail and visitor ids: a star, joined without any iteration. Only
-- links between two nodes that both have further links can carry a merge on.
core_links as (
    select
        directed.node,
        directed.neighbour
    from directed
    inner join degrees as own on directed.node = own.node and own.neighbours > 1
    inner join degrees as other on directed.neighbour = other.node and other.neighbours > 1
),

core_edges as (
    select * from core_links
    {{ segmentation.union_distinct() }}
    select
        node,
        node as neighbour
    from core_links
),

{{ segmentation.label_components(var('segmentation_identity_rounds') | int) }},

components as (
    select
        distinct_nodes.*,
        case
            when core_labels.label is not null then core_labels.label
            when coalesce(own.neighbours, 0) != 1 then distinct_nodes.node
            when neighbour_labels.label is not null then neighbour_labels.label
            when other.neighbours > 1 then own.only_neighbour
            else least(distinct_nodes.node, own.only_neighbour)
        end as component
    from distinct_nodes
    left join degrees as own on distinct_nodes.node = own.node
    left join degrees as other on own.only_neighbour = other.node
    left join core_labels on distinct_nodes.node = core_labels.node
    left join core_labels as neighbour_labels on own.only_neighbour = neighbour_labels.node
),

-- What arrives late must not rename anybody: an account outranks a guest's address whatever their dates, and the
-- account that was opened first outranks the others, whenever it was seen.
named as (
    select
        component,
        {{ segmentation.customer_name('identifier_type', 'source', 'identifier_value') }} as customer_id,
        row_number() over (
            partition by component
            order by
                case identifier_type when 'customer_id' then 1 else 2 end,
                registered_at nulls last,
                first_seen_at,
                node
        ) as name_rank
    from components
    where identifier_type in ('customer_id', 'email')
),

final as (
    select
        named.customer_id,
        components.identifier_type,
        components.source,
        components.identifier_value,
        components.first_seen_at
    from components
    inner join named on components.component = named.component and named.name_rank = 1
)

select * from final
