"""Carts end with any order, are none when emptied, and are compared by time."""

from __future__ import annotations

import pytest
from small_shop import Shop


def members(shop: Shop, segment: str) -> set[str]:
    rows = shop.warehouse.rows(
        f"select customer_id from segment_members where segment = '{segment}'"
    )
    return {str(name).removeprefix("files:") for (name,) in rows}


@pytest.mark.parametrize(
    ("name", "carts"),
    [
        ("left", [("abandoned", 80)]),
        ("half", [("abandoned", 40)]),
        ("unvalued", [("abandoned", None)]),
        ("paying", [("ordered", 80)]),
        ("cancelled", [("ordered", 80)]),
        ("late", [("abandoned", 80)]),
        ("emptied", []),
        ("emptied_later", []),
    ],
)
def test_what_became_of_a_cart(
    marketing_shop: Shop, name: str, carts: list[tuple[str, int | None]]
) -> None:
    found = marketing_shop.warehouse.rows(
        f"select cart_status, cart_value from customer_carts where customer_id = 'files:{name}'"
    )
    assert found == carts


def test_who_is_reminded_of_a_cart(marketing_shop: Shop) -> None:
    """A cart of unknown value is neither high nor low; whoever ordered later, too late for a
    recovery, is not reminded."""
    assert members(marketing_shop, "cart_abandoners_high_value") == {"left"}
    assert members(marketing_shop, "cart_abandoners_low_value") == {"half"}


def test_looks_and_orders_are_compared_by_time(marketing_shop: Shop) -> None:
    """An order an hour before the look is no answer to it; a pending one an hour after it is."""
    assert members(marketing_shop, "browse_abandoners_high_value") == {"looked", "looked_after"}
