"""Orders that arrive late, guests who open accounts and accounts that become one start no series
again: a shop built on two days."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_shop import Lines, Shop
from support import Row

BEFORE, DAY = "2026-02-20", "2026-02-21"
VARIABLES = {
    "segmentation_sources": {"files": ["customers", "orders"]},
    "segmentation_segments": ["first_time_buyers", "recent_buyers", "lifecycle", "welcome_window"],
}
CUSTOMERS: Lines = [
    {"source_customer_id": name, "email": f"{name}@example.org", "signed_up_at": day}
    for name, day in (("c1", "2026-02-01"), ("old", "2026-02-02"), ("young", "2026-02-05"))
]
OPENED = {"source_customer_id": "g", "email": "g@example.org", "signed_up_at": "2026-02-20 10:00"}


def order(number: int, day: str, email: str = "", customer: str = "") -> dict[str, str]:
    return {
        "order_id": f"o{number}",
        "source_customer_id": customer,
        "email": email,
        "ordered_at": f"{day} 09:00:00",
        "order_status": "completed",
        "currency": "EUR",
        "order_amount": "10.00",
    }


ORDERS = [
    order(1, "2026-02-10", customer="c1"),
    order(2, "2026-02-11", customer="old"),
    order(3, "2026-02-12", customer="young"),
    order(4, "2026-02-13", email="g@example.org"),
]
# A guest's order from before there was an account, and one that ties two accounts to each other.
LATE = [
    order(5, "2026-01-15", email="c1@example.org"),
    order(6, "2026-02-20", email="old@example.org", customer="young"),
]


def events(shop: Shop) -> dict[str, Row]:
    rows = shop.warehouse.rows(
        "select event_id, segment, customer_id, event, is_trigger from segment_events"
    )
    return {row[0]: row[1:] for row in rows}


@pytest.fixture(scope="module")
def told(package: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, dict[str, Row]]:
    """The shop after both days, and what it had told after the first."""
    shop = Shop(tmp_path_factory.mktemp("late"), package)
    shop.bring({"customers": CUSTOMERS, "orders": ORDERS})
    shop.build(segmentation_as_of=BEFORE, **VARIABLES).succeeded()
    first = events(shop)
    shop.bring({"customers": [*CUSTOMERS, OPENED], "orders": [*ORDERS, *LATE]})
    shop.build(segmentation_as_of=DAY, **VARIABLES).succeeded()
    return shop, first


def test_a_late_order_renames_nobody(told: tuple[Shop, dict[str, Row]]) -> None:
    shop, _ = told
    names = dict(shop.warehouse.rows("select * from customer_names"))
    assert {names[f"files:{name}"] for name in ("old", "young")} == {"files:old"}
    assert sorted(set(names.values())) == ["files:c1", "files:g", "files:old"]
    orders = dict(shop.warehouse.rows("select customer_id, orders from customer_features"))
    assert orders == {"files:c1": 2, "files:old": 3, "files:g": 1}


def test_nothing_fires_again(told: tuple[Shop, dict[str, Row]]) -> None:
    """What is new on the day are exits, and entries into segments where nobody of them was."""
    shop, first = told
    now = events(shop)
    # The younger of two entries of one person is not told any more.
    assert {row[1] for event, row in first.items() if event not in now} <= {
        "files:young",
        "files:old",
    }
    was_in = {(segment, person) for segment, person, *_ in first.values()}
    names = dict(shop.warehouse.rows("select * from customer_names"))
    inside = {(segment, names[person]) for segment, person in was_in}
    new = [row for event, row in now.items() if event not in first]
    again = [row for row in new if row[2] == "entered" and (row[0], row[1]) in inside]
    assert again == []
    assert {row[1] for row in now.values()} == {"files:c1", "files:g", "files:old"}


@pytest.mark.full("a build more of a past day")
def test_the_past_day_is_as_it_was(told: tuple[Shop, dict[str, Row]], tmp_path: Path) -> None:
    """Of a day before an account, the person is the guest again, and its history that day's."""
    shop, first = told
    again = shop.copy(tmp_path)
    again.bring({"customers": CUSTOMERS, "orders": ORDERS})
    again.build(segmentation_as_of=BEFORE, **VARIABLES).succeeded()
    assert events(again) == first
