"""Orders and revenue as each layer of a built warehouse counts them."""

from __future__ import annotations

from support import Warehouse

COUNTED = """
    order_status not in ('pending', 'cancelled') and not is_test
    and ordered_at < (select as_of_on from as_of_day)
"""
TOTALS = {
    "delivered": "select count(*), sum(order_amount) from screened_orders",
    "set aside": """
        select count(*), coalesce(sum(order_amount), 0)
        from screened_orders where set_aside_because is not null
    """,
    "unified": "select count(*), sum(order_value) from unified_orders",
    "not yet": f"""
        select count(*), coalesce(sum(order_value), 0) from unified_orders where not ({COUNTED})
    """,
    "unattributed": f"""
        select count(*), coalesce(sum(order_value), 0) from unified_orders
        where source_customer_id is null and email is null and {COUNTED}
    """,
    "customer_orders": "select count(*), sum(order_cents) / 100 from customer_orders",
    "customer_features": "select sum(orders), sum(revenue) from customer_features",
    "cohort_value": "select sum(orders), sum(revenue) from cohort_value",
}


def layer_totals(warehouse: Warehouse) -> dict[str, tuple[int, float]]:
    """Orders and revenue by layer, for a shop that sells in the reporting currency."""
    totals = {}
    for layer, query in TOTALS.items():
        orders, revenue = warehouse.row(query)
        totals[layer] = (int(orders), round(float(revenue), 2))
    return totals


def assert_layers_agree(totals: dict[str, tuple[int, float]]) -> None:
    """Each layer is the one to its left less the rows that are accounted for."""

    def less(layer: str, *parts: str) -> tuple[int, float]:
        return (
            totals[layer][0] - sum(totals[part][0] for part in parts),
            round(totals[layer][1] - sum(totals[part][1] for part in parts), 2),
        )

    assert totals["unified"] == less("delivered", "set aside")
    assert totals["customer_orders"] == less("unified", "not yet", "unattributed")
    assert totals["customer_features"] == totals["customer_orders"]
    assert totals["cohort_value"] == totals["customer_orders"]
