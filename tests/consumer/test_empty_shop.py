"""A shop on its first day: no row at all, then one customer who has not bought."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import WITHOUT_TESTS, InstallConsumer, Warehouse, dbt

pytestmark = pytest.mark.full("three builds, one with all data tests")

NO_ROW = "\nwhere false\n"


@pytest.fixture(scope="module")
def project(install_consumer: InstallConsumer) -> Path:
    """The tiny shop before its first row."""
    project = install_consumer("tiny_shop", "empty_shop")
    for table in ("orders", "order_lines", "customers"):
        model = project / "models" / f"stg_tiny__{table}.sql"
        model.write_text(model.read_text() + NO_ROW)
    return project


def build(project: Path, *arguments: str) -> Warehouse:
    # No day either: it has to come from data that is not there.
    day = json.dumps({"segmentation_as_of": ""})
    dbt(project, "build", "--vars", day, *arguments).succeeded()
    return Warehouse(project, project / "target" / "warehouse.duckdb", schema="tiny_shop")


@pytest.fixture(scope="module")
def empty(project: Path) -> dict[str, int]:
    """Rows of every public table."""
    return {table: len(rows) for table, rows in build(project).contents().items()}


@pytest.fixture(scope="module")
def with_customer(project: Path, empty: dict[str, int]) -> Warehouse:
    """The day after, with the first customer."""
    customers = project / "models" / "stg_tiny__customers.sql"
    customers.write_text(
        customers.read_text().replace(NO_ROW, "\nwhere source_customer_id = 'ann'\n")
    )
    return build(project, *WITHOUT_TESTS)


def test_shop_without_any_row_builds_and_passes_every_test(empty: dict[str, int]) -> None:
    filled = {table for table, rows in empty.items() if rows}
    # The catalogue and the checks are there, with nobody in them; the rest is this project's own.
    ours = {"segments", "segment_health", "data_quality_summary"}
    assert filled == ours | {"exchange_rates", "unified_products"}


def test_first_customer_without_an_order_is_a_lead(with_customer: Warehouse) -> None:
    (ann,) = with_customer.rows(
        "select customer_id, orders, revenue, last_order_on from customer_features"
    )
    assert (ann[0], ann[1], float(ann[2]), ann[3]) == ("tiny:ann", 0, 0.0, None)
    assert with_customer.rows("select lifecycle_stage from customer_lifecycle") == [("lead",)]
    assert with_customer.rows("from customer_rfm") == []
    assert with_customer.rows("from cohort_retention") == []


def test_segments_of_a_shop_without_orders_are_empty(with_customer: Warehouse) -> None:
    assert with_customer.rows("select segment, members, share from segments order by segment") == [
        ("big_spenders", 0, 0),
        ("repeat_buyers", 0, 0),
    ]
    assert with_customer.rows("from segment_members") == []
    (limits,) = with_customer.row("select bool_and(is_within_limit) from data_quality_summary")
    assert limits
