"""Structural faults stop a build in plain words before any public table has changed."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Shop

Lines = list[dict[str, str]]


def change(shop: Shop, table: str, edit: Callable[[Lines], Lines | None]) -> None:
    """Rewrite a CSV file; `edit` changes the rows in place or returns others."""
    with shop.file(table).open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows = edit(rows) or rows
    with shop.file(table).open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def set_value(table: str, column: str, value: str) -> Callable[[Shop], None]:
    def edit(rows: Lines) -> None:
        rows[1][column] = value

    return lambda shop: change(shop, table, edit)


def drop_column(table: str, column: str) -> Callable[[Shop], None]:
    def edit(rows: Lines) -> Lines:
        return [{name: row[name] for name in row if name != column} for row in rows]

    return lambda shop: change(shop, table, edit)


def remove_file(table: str) -> Callable[[Shop], None]:
    return lambda shop: shop.file(table).unlink()


def cut_in_a_quote(table: str) -> Callable[[Shop], None]:
    """As a copy that broke off, or a name with a quote that nobody escaped."""

    def cut(shop: Shop) -> None:
        with shop.file(table).open("a") as file:
            file.write('"an unterminated value,1,2\n')

    return cut


@dataclass(frozen=True)
class Fault:
    name: str
    break_input: Callable[[Shop], None]
    message: tuple[str, ...]  # all of it has to be said


FAULTS = [
    Fault(
        "text for an amount",
        set_value("orders", "order_amount", "12,50"),
        ("stg_files__orders.order_amount", "numeric(18,2)", "1 row ", "'12,50'", "Correct or cast"),
    ),
    Fault(
        "day that is none",
        set_value("web_events", "occurred_at", "31.01.2026"),
        ("stg_files__web_events.occurred_at", "timestamp", "'31.01.2026'", "Correct or cast"),
    ),
    Fault(
        "flag that is none",
        set_value("orders", "is_test", "maybe"),
        ("stg_files__orders.is_test", "boolean", "'maybe'", "Correct or cast"),
    ),
    Fault(
        "missing column",
        drop_column("customers", "source_customer_id"),
        ("stg_files__customers", "lacks the column source_customer_id", "It delivers: ", "Rename"),
    ),
    Fault(
        "unknown order status",
        set_value("orders", "order_status", "shipped"),
        ("unified_orders.order_status", "'shipped'", "completed", "for example files ", "Map it"),
    ),
    Fault(
        "currency without a rate",
        set_value("orders", "currency", "XTS"),
        ("unified_orders.currency", "from XTS to EUR", "order files ", "exchange_rates"),
    ),
    Fault(
        "absent file",
        remove_file("consents"),
        ("'files' is enabled", "data/files/consents.csv", "Add it", "segmentation_sources"),
    ),
    Fault(
        "unparseable file",
        cut_in_a_quote("products"),
        ("stg_files__products", "products.csv", "unterminated"),
    ),
]


def test_public_schema_has_tables_only(built_shop: Shop) -> None:
    """A view would read the new input at once, and fail where the input is out of reach."""
    tables = built_shop.warehouse.public_tables()
    assert {"customer_features", "segment_members", "cohort_retention"} <= set(tables)
    assert {name for name, kind in tables.items() if kind != "BASE TABLE"} == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_stops_the_build_before_any_public_table(
    fault: Fault, built_shop: Shop, tmp_path: Path
) -> None:
    shop = built_shop.copy(tmp_path)
    before = shop.warehouse.contents()
    # Good news in the same delivery: would show in public tables, were they built.
    change(shop, "orders", lambda rows: rows[len(rows) // 2 :])
    fault.break_input(shop)

    ran = shop.dbt("build")

    assert ran.code != 0
    told = " ".join(ran.told().split())
    assert [part for part in fault.message if part.strip() not in told] == [], ran.told()
    assert shop.warehouse.contents() == before
