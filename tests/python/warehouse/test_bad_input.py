"""Structural faults stop a build in plain words before any public table has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from dirty_rows import TABLES
from small_shop import Shop
from support import WITHOUT_TESTS, Row, Run, differing

BreakInput = Callable[[Shop], None]


def set_value(table: str, column: str, value: str) -> BreakInput:
    def edit(shop: Shop) -> None:
        rows = shop.read(table)
        rows[1][column] = value
        shop.write(table, rows)

    return edit


def drop_column(table: str, column: str) -> BreakInput:
    return lambda shop: shop.change(
        table, lambda rows: [{name: row[name] for name in row if name != column} for row in rows]
    )


def remove_file(table: str) -> BreakInput:
    return lambda shop: shop.file(table).unlink()


def overwrite(table: str, content: bytes) -> BreakInput:
    """With something else, as an upload that went wrong."""

    def edit(shop: Shop) -> None:
        shop.file(table).write_bytes(content)

    return edit


@dataclass(frozen=True)
class Fault:
    name: str
    break_input: BreakInput
    message: tuple[str, ...]  # all of it has to be said


# Each breaks another table, so one build meets all of them.
FAULTS = [
    Fault(
        "text for an amount",
        set_value("orders", "order_amount", "12,50"),
        ("stg_files__orders.order_amount", "numeric(18,6)", "1 row ", "'12,50'", "Correct or cast"),
    ),
    Fault(
        "flag that is none",
        set_value("orders", "is_test", "maybe"),
        ("stg_files__orders.is_test", "boolean", "'maybe'", "Correct or cast"),
    ),
    Fault(
        "day that is none",
        set_value("web_events", "occurred_at", "31.01.2026"),
        ("stg_files__web_events.occurred_at", "timestamp", "'31.01.2026'", "Correct or cast"),
    ),
    Fault(
        "missing column",
        drop_column("customers", "source_customer_id"),
        ("stg_files__customers", "lacks the column source_customer_id", "It delivers: ", "Rename"),
    ),
    Fault(
        "absent file",
        remove_file("consents"),
        ("'files' is enabled", "data/files/consents.csv", "Add it", "segmentation_sources"),
    ),
    Fault(
        "file of another kind",
        overwrite("campaigns", b"\xff\xfe\x00PNG\x00\x01\n\x00\x02,\xff"),
        ("stg_files__campaigns", "data/files/campaigns.csv"),
    ),
    Fault(
        "unterminated quote",
        overwrite("products", b'product_id,category\np1,Pots\n"p2,Po\n'),
        ("stg_files__products", "data/files/products.csv", "Quote"),
    ),
]
# Found only in orders that could be read, one after the other.
ORDER_FAULTS = [
    Fault(
        "unknown order status",
        set_value("orders", "order_status", "shipped"),
        (
            "unified_orders.order_status",
            "'shipped'",
            "completed",
            "example order files O",
            "Map it",
        ),
    ),
    Fault(
        "currency without a rate",
        set_value("orders", "currency", "XTS"),
        ("unified_orders.currency", "from XTS to EUR", "example order files O", "exchange_rates"),
    ),
]


@dataclass(frozen=True)
class Stopped:
    run: Run
    changed: dict[str, list[Row]]


def build_broken(built_shop: Shop, folder: Path, faults: list[Fault], *arguments: str) -> Stopped:
    shop = built_shop.copy(folder)
    # Good news in the same delivery: would show in public tables, were they built.
    shop.change("orders", lambda rows: rows[: len(rows) // 2])
    for fault in faults:
        fault.break_input(shop)
    run = shop.dbt("build", *WITHOUT_TESTS, *arguments)
    changed = differing(built_shop.warehouse.contents(), shop.warehouse.contents())
    return Stopped(run, changed)


def unsaid(fault: Fault, run: Run) -> list[str]:
    told = " ".join(run.told().split())
    return [part for part in fault.message if part not in told]


@pytest.fixture(scope="module")
def stopped(built_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    return build_broken(built_shop, tmp_path_factory.mktemp("broken"), FAULTS)


def test_faults_stop_the_build_before_any_public_table(stopped: Stopped) -> None:
    assert stopped.run.code != 0
    assert stopped.changed == {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_named_with_what_to_do(fault: Fault, stopped: Stopped) -> None:
    assert unsaid(fault, stopped.run) == [], stopped.run.told()


@pytest.mark.parametrize("fault", ORDER_FAULTS, ids=lambda fault: fault.name)
def test_orders_that_cannot_be_counted_stop_the_build(
    fault: Fault, built_shop: Shop, tmp_path: Path
) -> None:
    stopped = build_broken(built_shop, tmp_path, [fault], "--select", "unified_orders+")
    assert stopped.run.code != 0
    assert unsaid(fault, stopped.run) == [], stopped.run.told()
    assert stopped.changed == {}


def test_no_public_table_is_built_before_the_whole_input_is_read(built_shop: Shop) -> None:
    """Why one fault is enough, in whichever table: everything public waits for every table."""
    manifest = built_shop.manifest()
    parents: dict[str, list[str]] = manifest["parent_map"]

    def upstream(node: str) -> set[str]:
        seen: set[str] = set()
        queue = [node]
        while queue:
            for parent in parents[queue.pop()]:
                if parent not in seen:
                    seen.add(parent)
                    queue.append(parent)
        return seen

    public = {
        name
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["schema"] == "segmentation"
    }
    assert {name.split(".")[-1] for name in public} == set(built_shop.warehouse.public_tables())
    screened = {f"model.segmentation.unified_{table}" for table in TABLES}
    assert {name for name in public if not screened <= upstream(name)} == set()


def test_public_schema_has_tables_only(built_shop: Shop) -> None:
    """A view would read the new input at once, and fail where the input is out of reach."""
    tables = built_shop.warehouse.public_tables()
    assert {"customer_features", "segment_members", "cohort_retention"} <= set(tables)
    assert {name for name, kind in tables.items() if kind != "BASE TABLE"} == set()
