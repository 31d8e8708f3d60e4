"""The log of who entered and left a segment on which day: days built late or again end with the
same log as one build a day."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pytest
from change_log import CURRENT_COLUMNS, Days, Log, Told, expected, on
from compiled import NAME_COLUMNS, Compiled, fill
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_shop import Shop
from support import forked

MODELS = (
    *("segment_change_log", "segment_person_changes", "segment_history", "segment_changes"),
    "segment_members",
)


@pytest.fixture(scope="module")
def log(compiled: Compiled) -> Log:
    return Log(compiled)


MEMBERS = st.sets(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")))
BUILDS = st.lists(st.tuples(st.integers(0, 5), MEMBERS), min_size=1, max_size=10)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(builds=BUILDS)
def test_any_order_of_builds_ends_as_one_build_a_day(
    log: Log, builds: list[tuple[int, set[tuple[str, str]]]]
) -> None:
    """A day built again counts with the members found last, as after late data."""
    days = dict(builds)
    daily = sorted(days.items())
    assert log.told(daily) == expected(days)
    assert log.told(builds) == expected(days)


# Segment b is empty until day 2; the last member of a leaves on day 4 and comes back.
DAYS: Days = {
    0: {("a", "x"), ("a", "y")},
    1: {("a", "y"), ("a", "z")},
    2: {("a", "x"), ("a", "y"), ("b", "z")},
    3: {("a", "x"), ("b", "z")},
    4: {("b", "x"), ("b", "z")},
    5: {("a", "x"), ("b", "x")},
}
DAILY = [0, 1, 2, 3, 4, 5]
# Day 3 comes late, days 1 and 5 are built again.
LATE = [0, 1, 2, 4, 3, 1, 5, 5]


def build_days(order: list[int], arguments: list[str]) -> None:
    """Fill the tables that the log reads, run dbt on the rest, day by day in one process."""
    from dbt.cli.main import dbtRunner

    for day in order:
        with duckdb.connect("warehouse.duckdb") as connection:
            connection.execute("create schema if not exists segmentation_internal")
            connection.execute("use segmentation_internal")
            fill(connection, "as_of_day", "as_of_on date", [(on(day),)])
            fill(connection, "customer_names", NAME_COLUMNS, [])
            rows = [(segment, segment, None, customer) for segment, customer in DAYS[day]]
            fill(connection, "segment_current", CURRENT_COLUMNS, rows)
        if not dbtRunner().invoke(arguments).success:
            sys.exit(1)


@pytest.mark.parametrize("order", [DAILY, LATE], ids=["daily", "late"])
def test_dbt_keeps_the_log(order: list[int], package: Path, tmp_path: Path) -> None:
    shop = Shop(tmp_path, package)
    arguments = shop.arguments("run", "--select", *MODELS, "--full-refresh")
    forked(shop.folder, build_days, order, arguments).succeeded()
    assert Told(
        shop.warehouse.rows("select * exclude (entered_as) from segment_history order by all"),
        shop.warehouse.rows("from segment_changes order by all"),
        shop.warehouse.rows("from segment_members order by all"),
    ) == expected(DAYS)
