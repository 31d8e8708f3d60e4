"""Answers that are hardly any, values that are no numbers, moments, and pauses."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import os
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from fakes.server import Answer, Request
from rig import ABC, Rig, Shop, people
from tools import hurry

from segctl.destinations import http
from segctl.destinations.http import to_json
from segctl.errors import SegctlError, SyncInterrupted
from segctl.protocol import PROFILES, Batch, Kind
from segctl.sync.status import read_status
from segctl.sync.verify import verify
from segctl.sync.workspace import open_workspace

DEEP = b'{"data":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
ODD = {
    "a list": Answer(200, []),
    "a text": Answer(200, "x"),
    "a number": Answer(200, 7),
    "nothing": Answer(200),
    "an empty object": Answer(200, {}),
    "nonsense": Answer(200, b"\xff\xfe{", content_type="application/json"),
    "a deep one": Answer(200, DEEP, content_type="application/json"),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_is_none_ends_with_a_sentence(rig: Rig, kind: str, method: str) -> None:
    """Or with everything as it should be, where nothing was to be learnt from it."""
    rig.apply(ABC)
    later = Shop(people("ada", "dora", orders=4), {"vip": ["dora"], "win_back": ["ada"]})
    rig.fake.faults.instead = lambda r: ODD[kind] if r.method == method else None
    for ask in (
        lambda: rig.apply(later),
        lambda: rig.sync(later).plan(),
        lambda: verify(rig.store, rig.destination()),
    ):
        try:
            ask()
        except SegctlError as error:
            assert error.message.strip().endswith(".") and "Traceback" not in error.message
    assert read_status(rig.store)["dead_letters"] == []
    rig.fake.faults.instead = None
    if rig.tool == "webhook" and method == "POST":
        return  # to a receiver, any 2xx is a yes
    if kind in ("nothing", "an empty object") and method == "POST":
        return  # may be a yes at other tools, too
    rig.apply(later)
    rig.holds(later)


@pytest.mark.parametrize("packed", [False, True])
def test_a_huge_answer_is_not_taken_in(
    rig: Rig, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "LONGEST_ANSWER", 1_000_000)
    rig.apply(ABC)
    body = b'{"data": "' + b"x" * 5_000_000 + b'"}'
    headers = {"Content-Encoding": "gzip"} if packed else {}
    huge = Answer(200, gzip.compress(body) if packed else body, headers)
    rig.fake.faults.instead = lambda request: huge
    with pytest.raises(SegctlError, match="more than 1 MB, which is no answer"):
        rig.apply(Shop(people("ada"), {"vip": ["ada"], "win_back": []}))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_body_leaves_that_is_not_json(rig: Rig, value: float) -> None:
    def strict(text: str) -> Any:
        raise AssertionError(f"{text} is not JSON")

    bodies: list[bytes] = []

    def note(request: Request) -> None:
        bodies.append(request.body)

    rig.fake.faults.instead = note
    rows = {
        "person_key": pa.array(["a", "b"]),
        "remote_id": pa.array([None, None], pa.string()),
        "email": pa.array(["a@example.com", "b@example.com"]),
        "ORDERS" if rig.tool in ("brevo", "mailchimp") else "orders": pa.array([value, 1.5]),
    }
    destination = rig.destination()

    async def send() -> None:
        name = next(n for n in rows if n.lower() == "orders")
        await destination.prepare({name: "DOUBLE"}, rig.store.directory)
        await destination.send(Batch(Kind.UPSERT, PROFILES, pa.table(rows)))
        await destination.close()

    asyncio.run(send())
    for body in filter(None, bodies):
        json.loads(body, parse_constant=strict)


def test_what_is_no_number_is_null_wherever_it_stands() -> None:
    found = json.loads(to_json({"a": [math.nan, {"b": -math.inf}], "c": 1.5}))
    assert found == {"a": [None, {"b": None}], "c": 1.5}


@pytest.fixture
def elsewhere() -> Iterator[None]:
    """This process lives in New York for a while."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


def moments(directory: Any) -> list[tuple[Any, ...]]:
    table = pa.table(
        {
            "customer_id": ["a"],
            "email": ["a@example.com"],
            "seen_at": pa.array([datetime(2026, 3, 31, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")),
            "score": pa.array([math.nan]),
        }
    )
    columns = {"customer_id": "VARCHAR", "email": "VARCHAR"}
    columns |= {"seen_at": "TIMESTAMP WITH TIME ZONE", "score": "DOUBLE"}
    with open_workspace(directory, "key") as workspace:
        workspace.load_lists([])
        workspace.load_profiles(table.to_batches(), columns)
        assert workspace.not_numbers == 1
        sent = workspace.connection.sql("select seen_at, score from profiles").to_arrow_table()
        found = workspace.execute("select payload_hash, seen_at::varchar from profiles").fetchall()
    return [*found, *[(str(row["seen_at"]), row["score"]) for row in sent.to_pylist()]]


def test_a_moment_is_the_same_everywhere(tmp_path: Any, request: pytest.FixtureRequest) -> None:
    here = moments(tmp_path / "a")
    request.getfixturevalue("elsewhere")
    assert moments(tmp_path / "b") == here
    assert here[1] == ("2026-03-31 01:00:00+00:00", None)


@pytest.mark.parametrize("asked", ["inf", "nan", "1e12", "99999999999", "-5", "soon", "1e400"])
def test_a_wish_to_wait_is_bounded(rig: Rig, asked: str) -> None:
    rig.apply(ABC)
    later = Shop(people("ada"), {"vip": ["ada"], "win_back": []})
    answers = iter([Answer(429, {}, {"Retry-After": asked})])
    rig.fake.faults.instead = lambda request: next(answers, None)
    sync = rig.sync(later)
    hurry(sync.destination.limiter, 10_000)  # type: ignore[attr-defined]
    try:
        sync.apply(_silent(), allowed=_every())
    except SyncInterrupted as interrupted:
        assert interrupted.resume_at is not None
        assert interrupted.resume_at <= datetime.now(UTC) + timedelta(days=1)
        with rig.store.open() as state:
            assert state.lift_pause(sync.destination.identity)
    rig.apply(later)
    rig.holds(later)


def test_a_pause_of_a_clock_that_jumped_is_over(rig: Rig) -> None:
    rig.apply(ABC)
    identity = rig.destination().identity
    with rig.store.open() as state:
        account = state.account(identity) or ""
        state.remember_account(identity, account, datetime.now(UTC) + timedelta(hours=12))
    later = Shop(people("ada"), {"vip": ["ada"], "win_back": []})
    with pytest.raises(SyncInterrupted, match="asked to be left alone") as paused:
        rig.apply(later)
    assert "segctl resume" in paused.value.hint
    with rig.store.open() as state:
        state.remember_account(identity, account, datetime(5195, 1, 1, tzinfo=UTC))
    rig.apply(later)
    rig.holds(later)


def test_why_nobody_answers_is_said(rig: Rig) -> None:
    made = rig.destination(rig.settings(**_nowhere(rig)))
    hurry(made.limiter, 100_000)  # type: ignore[attr-defined]
    with pytest.raises(SyncInterrupted, match=r"\(its address is not known|\(no connection") as why:
        asyncio.run(made.connect())
    assert "".join(traceback.format_exception_only(why.value))


def _nowhere(rig: Rig) -> dict[str, str]:
    if rig.tool == "webhook":
        return {"url": "http://no-such-host.invalid/hook"}
    return {"base_url": "http://no-such-host.invalid"}


@pytest.mark.parametrize("key", ["pk_“curly”", "pk_a\npk_b", "schl\u00fcssel"])
def test_a_key_that_is_none_is_said_to_be(rig: Rig, key: str) -> None:
    rig.key = key
    with pytest.raises(SegctlError) as said:
        rig.sync(ABC).plan()
    assert key not in f"{said.value.message} {said.value.hint}"


def _silent() -> Any:
    from rig import silent

    return silent


def _every() -> list[str]:
    from segctl.sync.guards import GUARDS

    return list(GUARDS)
