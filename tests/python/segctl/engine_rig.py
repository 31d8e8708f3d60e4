"""An imaginary email tool that keeps its lists in a file, and a source made of dictionaries."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from segctl.destinations.rate_limit import RateLimiter, Throttled, Unavailable
from segctl.protocol import (
    Batch,
    BatchRejected,
    Capabilities,
    Erased,
    Kind,
    ListSpec,
    Member,
    Outcome,
)
from segctl.state import StateFile
from segctl.sync.engine import Reporter, RunResult
from segctl.sync.guards import GUARDS
from segctl.sync.plan import Plan
from segctl.sync.sync import Sync
from segctl.sync.workspace import Workspace

DAY = date(2026, 3, 31)


@dataclass
class Desired:
    """Profiles (key -> attribute) and audiences (name -> keys)."""

    profiles: Mapping[str, Any]
    audiences: Mapping[str, Sequence[str]]

    def load(self, workspace: Workspace) -> str:
        workspace.load_lists({"segment": name, "title": name} for name in self.audiences)
        self._load_memberships(workspace)
        keys = list(self.profiles)
        workspace.load_profiles(
            pa.table(
                {
                    "customer_id": pa.array(keys, pa.string()),
                    "email": pa.array([f"{key}@example.com" for key in keys], pa.string()),
                    "city": pa.array([str(self.profiles[key]) for key in keys], pa.string()),
                }
            ).to_batches(),
            {"customer_id": "VARCHAR", "email": "VARCHAR", "city": "VARCHAR"},
        )
        return str(DAY)

    def _load_memberships(self, workspace: Workspace) -> None:
        members = [(name, key) for name, keys in self.audiences.items() for key in keys]
        workspace.load_memberships(
            pa.table(
                {
                    "audience": pa.array([name for name, _ in members], pa.string()),
                    "customer_id": pa.array([key for _, key in members], pa.string()),
                    "email": pa.array([f"{key}@example.com" for _, key in members], pa.string()),
                    "entered_on": pa.array([DAY for _ in members], pa.date32()),
                }
            ).to_batches()
        )


class Tool:
    """The tool's own database. Survives the process that talks to it, as a real tool would."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        self._db.execute("pragma synchronous = off")
        self._db.executescript(
            """
            create table if not exists members (audience, person, primary key (audience, person));
            create table if not exists profiles (person primary key, city);
            create table if not exists jobs (id integer primary key);
            create table if not exists log (kind, audience, person);
            """
        )

    def carry_out(self, batch: Batch) -> None:
        with self._lock:
            self._carry_out(batch)

    def _carry_out(self, batch: Batch) -> None:
        self._db.execute("begin immediate")
        for row in batch.rows.to_pylist():
            key, audience = row["person_key"], batch.audience
            self._db.execute("insert into log values (?, ?, ?)", [batch.kind, audience, key])
            if batch.kind is Kind.UPSERT:
                self._db.execute(
                    "insert or replace into profiles values (?, ?)", [key, row["city"]]
                )
            elif batch.kind is Kind.WITHDRAW:
                self._db.execute("delete from profiles where person = ?", [key])
            elif batch.kind in (Kind.ADD, Kind.UPDATE):
                self._db.execute("insert or replace into members values (?, ?)", [audience, key])
            elif batch.kind in (Kind.REMOVE, Kind.REVOKE):
                self._db.execute(
                    "delete from members where audience = ? and person = ?", [audience, key]
                )
        self._db.execute("commit")

    def new_job(self) -> str:
        with self._lock:
            return str(self._db.execute("insert into jobs default values").lastrowid)

    def has_job(self, job: str) -> bool:
        return bool(self._db.execute("select 1 from jobs where id = ?", [int(job)]).fetchone())

    def content(self) -> tuple[dict[str, str], dict[str, set[str]]]:
        lists: dict[str, set[str]] = {}
        for audience, person in self._db.execute("select audience, person from members"):
            lists.setdefault(audience, set()).add(person)
        return dict(self._db.execute("select person, city from profiles").fetchall()), lists

    def calls(self) -> list[tuple[str, str, str]]:
        """What was asked since the last look."""
        rows = self._db.execute(
            "select kind, audience, person from log where person <> '' order by rowid"
        ).fetchall()
        self._db.execute("delete from log")
        return rows


@dataclass
class FakeDestination:
    """Talks to the imaginary tool, over an imaginary bad line."""

    tool: Tool
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(batch_size=7))
    poison: frozenset[str] = frozenset()
    """Records that spoil their whole batch."""
    refused: frozenset[str] = frozenset()
    """Records that the tool answers for one by one."""
    suppressed_keys: frozenset[str] = frozenset()
    failure_rate: float = 0.0
    lost_answer_rate: float = 0.0
    throttle_rate: float = 0.0
    asynchronous: bool = False
    dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311
    name: str = "fake"
    identity: str = "fake:test"

    def __post_init__(self) -> None:
        self.limiter = RateLimiter(self.name, sleep=no_waiting)

    async def connect(self) -> str:
        return "account"

    async def find_lists(self, lists: Sequence[ListSpec]) -> Mapping[str, str]:
        return {spec.audience: spec.audience for spec in lists if spec.remote_id}

    async def members(self, list_id: str) -> AsyncIterator[list[Member]]:
        yield []

    async def suppressed(self) -> AsyncIterator[list[Member]]:
        yield [Member(f"id-{key}", f"{key}@example.com") for key in sorted(self.suppressed_keys)]

    async def records(self, remote_ids: Collection[str]) -> set[str]:
        return set(remote_ids)

    async def prepare(self, attributes: Mapping[str, str], work_dir: Path) -> None: ...

    async def send(self, batch: Batch) -> Outcome:
        if batch.kind is Kind.CREATE_LIST:
            return Outcome(remote_ids={"": batch.audience})
        return await self.limiter.call(lambda: self._send(batch))

    async def _send(self, batch: Batch) -> Outcome:
        if self.dice.random() < self.throttle_rate:
            raise Throttled(0.001)
        if self.dice.random() < self.failure_rate:
            raise Unavailable
        keys = batch.keys()
        if self.poison.intersection(keys):
            raise BatchRejected("malformed")
        dead = {key: "not a mailbox" for key in keys if key in self.refused}
        keep = pa.array([key not in dead for key in keys])
        self.tool.carry_out(Batch(batch.kind, batch.audience, batch.rows.filter(keep)))
        if self.dice.random() < self.lost_answer_rate:
            raise Unavailable
        return Outcome(job=self.tool.new_job()) if self.asynchronous else Outcome(dead)

    async def settle(self, job: str) -> Outcome | None:
        if not self.tool.has_job(job):
            raise LookupError(job)
        return None if self.dice.random() < 0.3 else Outcome()

    async def erase(self, email: str, remote_id: str | None) -> Erased:
        return Erased("absent")

    async def held(self, email: str, remote_id: str | None) -> Mapping[str, object]:
        return {}

    async def close(self) -> None: ...


async def no_waiting(seconds: float) -> None:
    """For lines and jobs: the test does not have the time."""


@contextmanager
def silent(plan: Plan) -> Iterator[Reporter]:
    yield lambda progress: None


@dataclass
class Bench:
    """A state file and an imaginary tool."""

    directory: Path
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def tool(self) -> Tool:
        return Tool(self.directory / "tool.db")

    @property
    def state_file(self) -> StateFile:
        return StateFile(self.directory / "state" / "state.db")

    def sync(self, desired: Desired, **options: Any) -> Sync:
        destination = FakeDestination(self.tool, **{**self.options, **options})
        return Sync(desired, destination, self.state_file)

    def apply(self, desired: Desired, **options: Any) -> RunResult:
        _, result = self.sync(desired, **options).apply(silent, allowed=list(GUARDS))
        return result

    def holds(self, desired: Desired, without: frozenset[str] = frozenset()) -> bool:
        """Whether the tool holds exactly what is desired."""
        profiles, lists = self.tool.content()
        return profiles == {
            key: str(city) for key, city in desired.profiles.items() if key not in without
        } and lists == {
            name: set(keys) - without
            for name, keys in desired.audiences.items()
            if set(keys) - without
        }
