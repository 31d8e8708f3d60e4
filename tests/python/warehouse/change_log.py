"""The log of segment changes, built day by day over tables in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import NamedTuple

from compiled import CHANGE_LOG_COLUMNS, NAME_COLUMNS, Compiled, connect, fill
from support import Row

FIRST = dt.date(2026, 3, 1)
CURRENT_COLUMNS = "segment varchar, rule_name varchar, variant varchar, customer_id varchar"

ORIGIN_COLUMNS = (
    "segment varchar, rule_name varchar, is_family boolean, is_exclusive boolean, "
    "re_entry varchar, re_entry_days integer"
)

# Members (segment, customer) of each day.
Days = dict[int, set[tuple[str, str]]]
# What everybody is called on a day who is known by a name.
Names = Callable[[int], dict[str, str]]


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
        fill(self.connection, "segment_origins", ORIGIN_COLUMNS, [])
        self.compiled = compiled
        self.forget()

    def forget(self) -> None:
        """Start anew."""
        fill(self.connection, "segment_change_log", CHANGE_LOG_COLUMNS, [])

    def told(
        self, builds: Iterable[tuple[int, set[tuple[str, str]]]], names: Names = lambda day: {}
    ) -> Told:
        """Build these days in this order; what is told as of the newest of them."""
        self.forget()
        last = -1
        for day, members in builds:
            self.build(day, members, names)
            last = max(last, day)
        self.as_of(last, names)
        history = [row[:4] for row in self.read("segment_history")]
        members_now = [row[:3] for row in history if row[3] is None]
        return Told(
            sorted(history, key=lambda row: row[:3]),
            sorted(self.read("segment_changes")),
            sorted(members_now),
        )

    def read(self, model: str) -> list[Row]:
        return self.connection.sql(self.compiled.sql(model)).fetchall()

    def as_of(self, day: int, names: Names) -> None:
        """Look at the log from this day, with the names of it."""
        fill(self.connection, "as_of_day", "as_of_on date", [(on(day),)])
        fill(self.connection, "customer_names", NAME_COLUMNS, list(names(day).items()))
        changes = self.compiled.sql("segment_person_changes")
        self.connection.execute(f"create or replace table segment_person_changes as {changes}")

    def build(self, day: int, members: set[tuple[str, str]], names: Names) -> None:
        fill(self.connection, "as_of_day", "as_of_on date", [(on(day),)])
        fill(self.connection, "customer_names", NAME_COLUMNS, list(names(day).items()))
        rows = [(segment, segment, None, customer) for segment, customer in members]
        fill(self.connection, "segment_current", CURRENT_COLUMNS, rows)
        log = self.compiled.sql("segment_change_log")
        self.connection.execute(f"create or replace temp table added as {log}")
        self.connection.execute(
            "delete from segment_change_log where changed_on in (select changed_on from added);"
            "insert into segment_change_log by name from added"
        )
