"""On a device of several people each event counts for whom it was, at midnight and whatever the
others are called."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_shop import Lines, Shop
from support import Row

DAY = "2026-03-01"
VARIABLES = {"segmentation_sources": {"files": ["customers", "orders", "web_events"]}}
PEOPLE = ["101", "102", "103", "104"]
# Visitor, who is logged in, when; what follows is what each person has in the end.
VISITS = [
    # One after the other, over midnight.
    ("tablet", "102", "2026-02-01 23:50:00"),
    ("tablet", "101", "2026-02-02 00:05:00"),
    # Within one visit, back and forth.
    ("tablet", "101", "2026-02-05 10:00:00"),
    ("tablet", "102", "2026-02-05 10:20:00"),
    ("tablet", "101", "2026-02-05 10:40:00"),
    ("tablet", "", "2026-02-05 10:41:00"),
    # One of them alone: what came before the login is theirs, too.
    ("tablet", "", "2026-02-07 09:00:00"),
    ("tablet", "103", "2026-02-07 09:10:00"),
    # Over midnight and on, one goes on and the other begins.
    ("till", "104", "2026-02-10 23:45:00"),
    ("till", "103", "2026-02-10 23:50:00"),
    ("till", "104", "2026-02-11 00:10:00"),
    ("till", "104", "2026-02-11 00:35:00"),
    # A phone of one person: all of it, said or not.
    ("phone", "", "2026-02-12 23:55:00"),
    ("phone", "102", "2026-02-13 00:02:00"),
]
EVENTS = {"101": 3, "102": 4, "103": 3, "104": 3}
SESSIONS = {"101": 2, "102": 3, "103": 2, "104": 1}


def web_events(names: dict[str, str]) -> Lines:
    """The same visits, with everybody called otherwise."""
    kinds = ("product_view", "add_to_cart", "search", "page_view")
    return [
        {
            "event_id": f"e{number}",
            "occurred_at": at,
            "anonymous_id": visitor,
            "source_customer_id": names.get(who, ""),
            "event_type": kinds[number % 4],
            "category": f"Category {number % 3}",
            "search_term": "hat",
            "search_results": "1",
            "utm_source": f"source {number}",
        }
        for number, (visitor, who, at) in enumerate(VISITS)
    ]


def built(shop: Shop, names: dict[str, str]) -> dict[str, list[Row]]:
    """What the tables say about each of the people, by the name that they have in VISITS."""
    customers = [
        {"source_customer_id": name, "email": f"{who}@example.org", "signed_up_at": "2025-01-01"}
        for who, name in names.items()
    ]
    orders = [
        {
            "order_id": f"o{who}",
            "source_customer_id": names[who],
            "email": "",
            "ordered_at": f"2026-02-05 1{who[-1]}:00:00",
            "order_status": "completed",
            "currency": "EUR",
            "order_amount": "10.00",
        }
        for who in names
    ]
    shop.bring({"customers": customers, "orders": orders, "web_events": web_events(names)})
    models = "+customer_web_features +customer_carts +customer_interests +customer_touches"
    models += " +customer_web_items"
    # Not dbt build: what does not depend on visits is the same anyway.
    shop.dbt("seed", segmentation_as_of=DAY, **VARIABLES).succeeded()
    select = ("--select", *models.split())
    shop.dbt("run", *select, "--full-refresh", segmentation_as_of=DAY, **VARIABLES).succeeded()
    found = {}
    tables = ("customer_sessions", "customer_web_features", "customer_carts", "customer_interests")
    for table in (*tables, "customer_touches", "customer_web_items"):
        for who, name in names.items():
            query = (
                f"select * exclude (customer_id) from {table} where customer_id = 'files:{name}'"
            )
            found[f"{table} {who}"] = sorted(shop.warehouse.rows(query), key=repr)
    return found


@pytest.fixture(scope="module")
def shop(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("devices"), package)


@pytest.fixture(scope="module")
def told(shop: Shop) -> dict[str, list[Row]]:
    return built(shop, {who: who for who in PEOPLE})


@pytest.mark.parametrize("who", PEOPLE)
def test_each_event_counts_for_whom_it_was(
    who: str, told: dict[str, list[Row]], shop: Shop
) -> None:
    counted = shop.warehouse.row(
        "select cast(sum(events) as integer), count(*) from customer_sessions "
        f"where customer_id = 'files:{who}'"
    )
    assert counted == (EVENTS[who], SESSIONS[who])
    touches = shop.warehouse.row(
        "select first_utm_source, last_utm_source from customer_touches "
        f"where customer_id = 'files:{who}'"
    )
    own = [number for number, (_, name, _) in enumerate(VISITS) if name == who]
    assert touches == (f"source {own[0]}", f"source {own[-1]}")


@pytest.mark.parametrize("turn", [1, 3])
def test_what_others_are_called_changes_nothing(
    turn: int, told: dict[str, list[Row]], package: Path, tmp_path: Path
) -> None:
    """Everybody is given the name of somebody else, which sorts otherwise."""
    names = {who: PEOPLE[(place + turn) % 4] for place, who in enumerate(PEOPLE)}
    assert built(Shop(tmp_path, package), names) == told
