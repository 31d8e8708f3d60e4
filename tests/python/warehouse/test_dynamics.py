"""Events and transitions of any history say what the same history says, told person by person."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator

import duckdb
import pytest
from change_log import ORIGIN_COLUMNS
from compiled import CHANGE_LOG_COLUMNS, NAME_COLUMNS, Compiled, connect, fill
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import Row

FIRST = dt.date(2026, 1, 20)
DAYS = 75
RE_ENTRY_DAYS = 9
ORIGINS: list[Row] = [
    ("stage_a", "stage", True, True, "always", None),
    ("stage_b", "stage", True, True, "once", None),
    ("stage_c", "stage", True, True, str(RE_ENTRY_DAYS), RE_ENTRY_DAYS),
]
# For each built day, the stage of each person; nobody is in two.
STAGES = st.fixed_dictionaries(
    {name: st.sampled_from([None, "stage_a", "stage_b", "stage_c"]) for name in "xyz"}
)
Story = dict[int, dict[str, str | None]]
STORIES = st.dictionaries(st.integers(0, DAYS), STAGES, min_size=1, max_size=25)


def on(day: int) -> dt.date:
    return FIRST + dt.timedelta(days=day)


def log_of(story: Story) -> list[Row]:
    rows: list[Row] = []
    before: dict[str, str | None] = {}
    for day, stages in sorted(story.items()):
        rows.append((on(day), None, None, "built"))
        for name, stage in stages.items():
            if before.get(name) != stage:
                if before.get(name):
                    rows.append((on(day), before[name], name, "left"))
                if stage:
                    rows.append((on(day), stage, name, "entered"))
        before = stages
    return rows


def expected_events(log: list[Row]) -> Iterator[Row]:
    changes = [row for row in log if row[3] != "built"]
    first = {
        segment: min(row[0] for row in changes if row[1] == segment) for _, segment, *_ in changes
    }
    last_counted: dict[tuple[str, str], dt.date] = {}
    counts: dict[tuple[str, str], bool] = {}
    for day, segment, name, change in changes:
        key = (segment, name)
        if change == "entered":
            since = (day - last_counted[key]).days if key in last_counted else None
            counts[key] = (
                since is None
                or segment == "stage_a"
                or (segment == "stage_c" and since >= RE_ENTRY_DAYS)
            )
            if counts[key]:
                last_counted[key] = day
        initial = day == first[segment]
        told = f"{segment}|{name}|{change}|{day}"
        event_id = hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()
        yield event_id, segment, name, change, day, initial, counts[key] and not initial


def expected_transitions(story: Story) -> Counter[Row]:
    built = sorted(story)
    as_of = on(built[-1])

    def stage(name: str, day: dt.date) -> str | None:
        return story[max(built_day for built_day in built if on(built_day) <= day)][name]

    found: Counter[Row] = Counter()
    for start in [dt.date(2026, month, 1) for month in range(1, 6)]:
        following = start.replace(month=start.month + 1)
        if on(built[0]) <= start < as_of:
            end = min(following, as_of)
            for name in "xyz":
                ends = (stage(name, start), stage(name, end))
                if any(ends):
                    found[("stage", "month", start, end, following <= as_of, *ends)] += 1
    return found


@pytest.fixture(scope="module")
def warehouse() -> duckdb.DuckDBPyConnection:
    connection = connect()
    connection.execute("create schema warehouse.segmentation")
    fill(connection, "segment_origins", ORIGIN_COLUMNS, ORIGINS)
    return connection


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=STORIES)
def test_any_history(
    story: Story, warehouse: duckdb.DuckDBPyConnection, compiled: Compiled
) -> None:
    log = log_of(story)
    fill(warehouse, "segment_change_log", CHANGE_LOG_COLUMNS, log)
    fill(warehouse, "as_of_day", "as_of_on date", [(on(max(story)),)])
    fill(warehouse, "customer_names", NAME_COLUMNS, [])
    changes = compiled.sql("segment_person_changes")
    warehouse.execute(f"create or replace table segment_person_changes as {changes}")

    events = warehouse.sql(compiled.sql("segment_events")).fetchall()
    assert sorted(events) == sorted(expected_events(log))

    transitions = warehouse.sql(compiled.sql("segment_transitions")).fetchall()
    assert Counter({row[:-1]: row[-1] for row in transitions}) == expected_transitions(story)
    assert len(transitions) == len({row[:-1] for row in transitions})
