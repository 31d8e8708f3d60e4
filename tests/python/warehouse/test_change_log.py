"""The log of who entered and left a segment on which day: days built late or again end with the
same log as one build a day."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from compiled import CHANGE_LOG_COLUMNS, Compiled, connect, fill
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_shop import Shop
from support import Row, forked

FIRST = dt.date(2026, 3, 1)
CURRENT_COLUMNS = "segment varchar, rule_name varchar, variant varchar, customer_id varchar"
MODELS = ("segment_change_log", "segment_history", "segment_changes", "segment_members")

# Members (segment, customer) of each day.
Days = dict[int, set[tuple[str, str]]]


def on(day: int) -> dt.date:
    return FIRST + dt.timedelta(days=day)


class Told(NamedTuple):
    """What the public tables say about the past."""

    history: list[Row]
    changes: list[Row]
    members: list[Row]


def expected(days: Days) -> Told:
    """The same, told day by day without a log."""
    history: dict[tuple[str, str, dt.date], dt.date | None] = {}
    inside: dict[tuple[str, str], dt.date] = {}
    changes: list[Row] = []
    known: set[str] = set()
    for day, members in sorted(days.items()):
        entries, exits = members - inside.keys(), inside.keys() - members
        for member in exits:
            history[(*member, inside.pop(member))] = on(day)
        for member in entries:
            inside[member] = on(day)
            history[(*member, on(day))] = None
        known |= {segment for segment, _ in members}
        for name in known:
            counts = [sum(s == name for s, _ in group) for group in (entries, exits, members)]
            changes.append((on(day), name, *counts))
    return Told(
        sorted((*stay, left) for stay, left in history.items()),
        sorted(changes),
        sorted((*member, entered) for member, entered in inside.items()),
    )


class Log:
    """The compiled models over tables in memory, with dbt's delete and insert played by hand."""

    def __init__(self, compiled: Compiled) -> None:
        self.connection = connect()
        self.connection.execute("create schema warehouse.segmentation")
        self.log = compiled.sql("segment_change_log")
        self.views = {name: compiled.sql(name) for name in ("segment_history", "segment_changes")}

    def told(self, builds: Iterable[tuple[int, set[tuple[str, str]]]]) -> Told:
        fill(self.connection, "segment_change_log", CHANGE_LOG_COLUMNS, [])
        last = -1
        for day, members in builds:
            self.build(day, members)
            last = max(last, day)
        fill(self.connection, "as_of_day", "as_of_on date", [(on(last),)])
        history, changes = (self.connection.sql(sql).fetchall() for sql in self.views.values())
        members_now = [row[:3] for row in history if row[3] is None]
        return Told(sorted(history, key=lambda row: row[:3]), sorted(changes), sorted(members_now))

    def build(self, day: int, members: set[tuple[str, str]]) -> None:
        fill(self.connection, "as_of_day", "as_of_on date", [(on(day),)])
        rows = [(segment, segment, None, customer) for segment, customer in members]
        fill(self.connection, "segment_current", CURRENT_COLUMNS, rows)
        self.connection.execute(f"create or replace temp table added as {self.log}")
        self.connection.execute(
            "delete from segment_change_log where changed_on in (select changed_on from added);"
            "insert into segment_change_log by name from added"
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
        shop.warehouse.rows("from segment_history order by all"),
        shop.warehouse.rows("from segment_changes order by all"),
        shop.warehouse.rows("from segment_members order by all"),
    ) == expected(DAYS)
