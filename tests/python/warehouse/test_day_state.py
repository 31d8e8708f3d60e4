"""A day of events is made anew when anything else was delivered of it, and only then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from small_shop import Lines, Shop

AS_OF = "2026-03-01"
VARIABLES = {"segmentation_sources": {"files": ["customers", "email_events", "web_events"]}}
ROWS = 4

Change = Callable[[Lines], Lines]


def changed(number: int, **values: str) -> Change:
    return lambda rows: [
        {**row, **values} if place == number else row for place, row in enumerate(rows)
    ]


def swapped(number: int, **values: str) -> Change:
    return changed(number, email_event_id="another", **values)


# What happens to a day of four rows that arrived at 10, 11, 12 and 13 h.
SEEN: dict[str, Change] = {
    "a row in the place of another, newer but not the newest": swapped(
        0, loaded_at="2026-02-20 12:30:00"
    ),
    "a row in the place of another, of the same age": swapped(0),
    "a row that arrived again": changed(1, loaded_at="2026-02-20 11:30:00"),
    "other content": changed(2, event_type="click"),
    "another address": changed(2, email="bob@example.org"),
    "another address that is none": changed(3, email="not an address"),
    "another placeholder": changed(3, source_customer_id="none"),
    "one row more": lambda rows: [*rows, {**rows[0], "email_event_id": "one more"}],
    "one row less": lambda rows: rows[1:],
    "two rows less that are the same": lambda rows: rows[2:],
    "a copy for another": lambda rows: [rows[0], rows[0], rows[2], rows[3]],
    "two rows exchange their addresses": lambda rows: [
        {**rows[0], "email": rows[2]["email"]},
        rows[1],
        {**rows[2], "email": rows[0]["email"]},
        rows[3],
    ],
}
UNSEEN: dict[str, Change] = {
    "nothing": lambda rows: rows,
    "another order of rows": lambda rows: rows[::-1],
}
CASES = {**SEEN, **UNSEEN}


def day(number: int) -> str:
    return f"2026-01-{number + 1:02}"


def events(number: int, *, dated: bool) -> Lines:
    return [
        {
            "email_event_id": f"{number}-{row}",
            "occurred_at": f"{day(number)} 08:0{row}:00",
            "email": f"person{row}@example.org",
            "source_customer_id": "",
            "event_type": "open",
            "loaded_at": f"2026-02-20 1{row}:00:00" if dated else "",
        }
        for row in range(ROWS)
    ]


def deliver(shop: Shop, tables: dict[str, Lines]) -> dict[str, str]:
    """The state of each day, once this was delivered."""
    empty = {"event_id": "", "occurred_at": "", "event_type": "", "loaded_at": ""}
    customers = {"source_customer_id": "1", "email": "", "signed_up_at": "2025-01-01"}
    shop.bring({"customers": [customers], "web_events": [empty], **tables})
    shop.write("web_events", [])
    shop.dbt(
        "run", "--select", "+delivered_days", segmentation_as_of=AS_OF, **VARIABLES
    ).succeeded()
    with duckdb.connect(shop.warehouse.path, read_only=True) as connection:
        rows = connection.sql(
            "select cast(occurred_on as varchar), day_state "
            "from segmentation_internal.delivered_days where table_name = 'email_events'"
        ).fetchall()
    return dict(rows)


@pytest.mark.parametrize("dated", [True, False], ids=["loaded_at", "no loaded_at"])
def test_what_else_was_delivered_is_seen(dated: bool, package: Path, tmp_path: Path) -> None:
    shop = Shop(tmp_path, package)
    shop.bring({})
    shop.dbt("seed", segmentation_as_of=AS_OF, **VARIABLES).succeeded()
    before = {name: events(number, dated=dated) for number, name in enumerate(CASES)}
    after = {name: CASES[name](rows) for name, rows in before.items()}
    if not dated:
        after["a row that arrived again"] = SEEN["other content"](
            before["a row that arrived again"]
        )
    states = [
        deliver(shop, {"email_events": [row for rows in days.values() for row in rows]})
        for days in (before, after)
    ]
    differ = {
        name
        for number, name in enumerate(CASES)
        if states[0][day(number)] != states[1][day(number)]
    }
    assert differ == SEEN.keys()
