"""The JSON that a webhook is told, against what the parser makes of it."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import batches
import pyarrow as pa
import pytest

from segctl.destinations.webhook.body import body_of
from segctl.protocol import PROFILES, Batch, Kind

KEYS: dict[str, str | None] = {"ada": "ada", "bob": "bob"}


def profiles(**columns: pa.Array) -> Batch:
    rows = len(next(iter(columns.values())))
    keys = {
        "person_key": pa.array([f"k{number}" for number in range(rows)]),
        "remote_id": pa.array([None] * rows, pa.string()),
        "email": pa.array([f"k{number}@example.com" for number in range(rows)]),
    }
    return Batch(Kind.UPSERT, PROFILES, pa.table(keys | columns))


def test_ids_tell_contents_apart() -> None:
    ids = {
        json.loads(body_of(batch))["id"]
        for batch in (
            batches.members(Kind.ADD, "vip", "vip", KEYS),
            batches.members(Kind.ADD, "lapsed", "lapsed", KEYS),
            batches.members(Kind.UPDATE, "vip", "vip", KEYS),
            batches.members(Kind.ADD, "vip", "vip", {"ada": "ada"}),
        )
    }
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        (pa.array(["a", None, ""]), ["a", None, ""]),
        (pa.array(['"', "\\", "\n"]), ['"', "\\", "\n"]),
        (pa.array(["ä", "€", "😀\u2028"]), ["ä", "€", "😀\u2028"]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array(["a", None, "b"], pa.large_string()), ["a", None, "b"]),
        (pa.array([1, None, -(2**63)]), [1, None, -(2**63)]),
        (pa.array([2**64 - 1, 0, None], pa.uint64()), [2**64 - 1, 0, None]),
        (pa.array([0.1, float("nan"), float("inf")]), [0.1, None, None]),
        (pa.array([1e300, 1e-7, -0.0]), [1e300, 1e-7, -0.0]),
        (pa.array([Decimal("1.50"), None, Decimal("-0.01")]), [1.5, None, -0.01]),
        (pa.array([True, False, None]), [True, False, None]),
        (pa.array([None, None, None]), [None, None, None]),
        (pa.array([date(1, 1, 1), None, date(9999, 12, 31)]), ["0001-01-01", None, "9999-12-31"]),
        (
            pa.array([datetime(2026, 3, 1, 8, 30, tzinfo=UTC), None, None]),
            ["2026-03-01T08:30:00.000000Z", None, None],
        ),
        (pa.array([{"a": 1}, None, {"a": None}]), [{"a": 1}, None, {"a": None}]),
        (pa.array([[date(2026, 3, 1)], [], None]), [["2026-03-01"], [], None]),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_values_are_what_json_makes_of_them(column: pa.Array, wanted: list[Any]) -> None:
    records = json.loads(body_of(profiles(before=pa.array(["x"] * 3), it=column)))["records"]
    assert [record["attributes"] for record in records] == [
        {"before": "x", "it": value} for value in wanted
    ]


def test_names_and_rows_may_be_odd() -> None:
    odd = profiles(**{'say "hi"\\': pa.array([1])})
    [record] = json.loads(body_of(odd))["records"]
    assert record["attributes"] == {'say "hi"\\': 1}
    [record] = json.loads(body_of(profiles(a=pa.array([1])).part(0)))["records"]
    bare = batches.upsert({"ada": {}})
    assert json.loads(body_of(bare))["records"][0]["attributes"] == {}
    assert json.loads(body_of(bare.part(1)))["records"] == []
    first, second = profiles(a=pa.array([1, 2, 3])).halves()
    assert [r["key"] for r in json.loads(body_of(second))["records"]] == ["k1", "k2"]
    assert len(first) == 1


def test_wide_profiles_become_json_fast_enough() -> None:
    """50,000 rows a second leave 10 ms for 500 rows, of which this takes about 2."""
    columns = {f"text{n}": pa.array([f"value {i}" for i in range(500)]) for n in range(10)}
    columns |= {f"number{n}": pa.array([i / 7 for i in range(500)]) for n in range(10)}
    batch = profiles(**columns)
    times = []
    for _ in range(10):
        begin = time.perf_counter()
        body_of(batch)
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.008
