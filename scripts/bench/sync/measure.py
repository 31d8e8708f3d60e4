"""One measurement in a process of its own, so that its memory and CPU seconds are its own.

measure.py send ROWS PORT      send so many profiles, then once more without a change
measure.py ceiling ROWS PORT   the same bodies from the bare HTTP client, nothing else
measure.py plan PEOPLE LISTS   compare PEOPLE x LISTS members of whom 4 % have changed
measure.py limit RATE PORT     as many requests as a limit of RATE a second lets through in 10 s
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pyarrow as pa

from segctl.destinations.settings import LimitSettings
from segctl.destinations.webhook import Webhook, WebhookSettings
from segctl.destinations.webhook.body import body_of
from segctl.protocol import PROFILES, Batch, Kind
from segctl.state import StateFile
from segctl.sync import acknowledged
from segctl.sync.engine import Reporter
from segctl.sync.guards import GUARDS
from segctl.sync.plan import Plan
from segctl.sync.sync import Sync
from segctl.sync.workspace import Workspace, open_workspace

BATCH = 500
CHANGED = 25
"""One in so many members has changed: 4 %."""
_TYPES = {
    "customer_id": "VARCHAR",
    "email": "VARCHAR",
    "first_name": "VARCHAR",
    "country": "VARCHAR",
    "lifecycle_stage": "VARCHAR",
    "orders": "BIGINT",
    "net_revenue": "DECIMAL(18,2)",
    "last_order_on": "DATE",
}


@dataclass
class Invented:
    """So many people, each in so many lists; after a turn one in CHANGED has changed."""

    people: int
    lists: int = 0
    turn: int = 0

    def load(self, workspace: Workspace) -> str:
        """As a warehouse would deliver it: in streams of Arrow batches."""
        names = [f"list_{number:02}" for number in range(self.lists)]
        workspace.load_lists({"segment": name, "title": name} for name in names)
        workspace.load_memberships(self._memberships())
        workspace.load_profiles(self._profiles(), _TYPES)
        return "2026-03-31"

    def _stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        with duckdb.connect() as db:
            yield from db.sql(sql).to_arrow_reader(50_000)

    def _profiles(self) -> Iterator[pa.RecordBatch]:
        return self._stream(
            f"""
            select 'shop:C' || lpad(i::varchar, 9, '0') as customer_id,
                'person.' || i || '@example.com' as email, 'Name ' || (i % 1000) as first_name,
                ['AT', 'DE', 'FR', 'GB', 'US'][i % 5 + 1] as country,
                ['new', 'active', 'at risk', 'lost'][i % 4 + 1] as lifecycle_stage,
                i % 40 as orders, ((i * 37) % 100000 / 100)::decimal(18, 2) as net_revenue,
                date '2026-01-01' + (i % 90)::integer as last_order_on
            from range({self.people}) as t(i)
            """
        )

    def _memberships(self) -> Iterator[pa.RecordBatch]:
        return self._stream(
            f"""
            select 'list_' || lpad(l::varchar, 2, '0') as audience,
                'shop:C' || lpad(i::varchar, 9, '0') as customer_id,
                'person.' || i || '@example.com' as email,
                date '2026-01-01' + case when {self.turn} > 0 and (i + l) % {CHANGED} = 0
                    then {self.turn} else 0 end as entered_on
            from range({self.lists}) as lists(l), range({self.people}) as t(i)
            """
        )


def webhook(port: int, rate: float | None = None) -> Webhook:
    """The receiver on loopback."""
    settings = WebhookSettings(
        url=f"http://127.0.0.1:{port}/",
        secret="env:NONE",  # noqa: S106
        limits=LimitSettings(requests_per_second=rate, batch_size=BATCH, concurrency=8),
    )
    return Webhook("bench", settings, lambda reference: "secret")


@contextmanager
def silent(plan: Plan) -> Iterator[Reporter]:
    """Nobody watches."""
    yield lambda progress: None


def send(rows: int, port: int) -> dict[str, Any]:
    """A first run, and one without a change."""
    with tempfile.TemporaryDirectory() as folder:
        # Once in small, so that what Python loads the first time does not count.
        Sync(Invented(100), webhook(port), StateFile(Path(folder) / "first.db")).apply(silent)
        store = StateFile(Path(folder) / "state.db")
        sync = Sync(Invented(rows), webhook(port), store)
        started = time.perf_counter()
        _, result = sync.apply(silent, allowed=list(GUARDS))
        seconds = time.perf_counter() - started
        _require(result.acknowledged == rows, result)
        again = time.perf_counter()
        _, unchanged = Sync(Invented(rows), webhook(port), store).apply(silent)
        _require(unchanged.run_id is None, unchanged)
        return {
            "seconds": seconds,
            "requests": result.requests,
            "unchanged_seconds": time.perf_counter() - again,
        }


def ceiling(rows: int, port: int) -> dict[str, Any]:
    """What client and loopback do when nothing is planned, remembered or answered for."""
    bodies = []
    for batch in Invented(rows)._profiles():
        table = pa.Table.from_batches([batch]).rename_columns(["person_key", *list(_TYPES)[1:]])
        for start in range(0, table.num_rows, BATCH):
            bodies.append(body_of(Batch(Kind.UPSERT, PROFILES, table.slice(start, BATCH))))

    async def post_all() -> float:
        async with httpx.AsyncClient() as client:
            waiting = iter(bodies)

            async def work() -> None:
                for body in waiting:
                    await client.post(f"http://127.0.0.1:{port}/", content=body)

            started = time.perf_counter()
            await asyncio.gather(*(work() for _ in range(16)))
            return time.perf_counter() - started

    return {"seconds": asyncio.run(post_all()), "requests": len(bodies)}


def plan(people: int, lists: int) -> dict[str, Any]:
    """Plan against a ledger that holds everybody, after one in CHANGED has changed."""
    with tempfile.TemporaryDirectory() as folder:
        store = StateFile(Path(folder) / "state.db")
        fill_ledger(store, Invented(people, lists))
        before = resource.getrusage(resource.RUSAGE_SELF)
        marks: list[float] = []
        sync = Sync(
            Invented(people, lists, 1),
            Nowhere(),
            store,
            say=lambda _: marks.append(time.perf_counter()),
        )
        started = time.perf_counter()
        found = sync.plan()
        seconds = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_SELF)
        _require(found.operations == people * lists // CHANGED, found.operations)
        return {
            "seconds": seconds,
            "loading_seconds": marks[1] - marks[0],
            "cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            "operations": found.operations,
            "ledger_mb": (Path(folder) / "state.db").stat().st_size / 1e6,
        }


class Nowhere(Webhook):
    """A receiver that is never asked."""

    def __init__(self) -> None:
        super().__init__("bench", webhook(1)._settings, lambda reference: "secret")

    async def connect(self) -> str:
        """There is nobody."""
        return "nowhere"


def fill_ledger(store: StateFile, source: Invented) -> None:
    """As if everybody had been sent: in a process of its own, whose memory does not count."""
    import multiprocessing

    child = multiprocessing.get_context("fork").Process(target=_fill, args=(store, source))
    child.start()
    child.join()
    _require(child.exitcode == 0, child)


def _fill(store: StateFile, source: Invented) -> None:
    identity = "webhook:bench"
    with store.open() as state, open_workspace(store.directory) as workspace:
        source.load(workspace)
        workspace.execute(
            "insert into acknowledged select '', person_key, payload_hash, person_key, digest "
            "from profiles; insert into acknowledged select audience, person_key, payload_hash, "
            "person_key, null from memberships"
        )
        state.remember_account(identity, "nowhere")
        state.fold(identity, acknowledged.people(workspace))
        for audience, hashed in workspace.execute(
            "select audience, payload_hash from lists where audience <> ''"
        ).fetchall():
            state.put_list(identity, audience, hashed, audience)


def limit(rate: int, port: int) -> dict[str, Any]:
    """How much of a limit is used: requests of one record each, for ten seconds."""
    settings = webhook(port, rate)._settings.model_copy(
        update={"limits": LimitSettings(requests_per_second=rate, batch_size=1, concurrency=16)}
    )
    destination = Webhook("bench", settings, lambda reference: "secret")
    with tempfile.TemporaryDirectory() as folder:
        sync = Sync(Invented(rate * 10), destination, StateFile(Path(folder) / "state.db"))
        sending: list[float] = []

        @contextmanager
        def watch(plan: Plan) -> Iterator[Reporter]:
            yield lambda progress: sending.append(time.perf_counter())

        sync.apply(watch, allowed=list(GUARDS))
        # The first window is a burst; what counts is the steady rate after it.
        steady = [moment for moment in sending if moment > sending[0] + 1.0]
        achieved = len(steady) / (steady[-1] - sending[0] - 1.0)
    return {
        "share": achieved / rate,
        "requests": len(sending),
        "throttled": destination.limiter.throttled,
    }


def _require(truth: bool, found: object) -> None:
    if not truth:
        raise SystemExit(f"not as expected: {found}")


def main(what: str, *numbers: str) -> None:
    """Measure, and print what came out together with this process's CPU seconds and memory."""
    started = resource.getrusage(resource.RUSAGE_SELF)
    found = globals()[what](*(int(number) for number in numbers))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    found.setdefault(
        "cpu_seconds", usage.ru_utime + usage.ru_stime - started.ru_utime - started.ru_stime
    )
    print(json.dumps({**found, "peak_mb": usage.ru_maxrss / 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
