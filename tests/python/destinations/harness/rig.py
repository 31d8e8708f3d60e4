"""A whole sync against a fake tool: a warehouse of dictionaries, real HTTP, real state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from fakes import TOOLS, fake_of
from fakes.server import FakeTool

from segctl.destinations import registry
from segctl.destinations.settings import GuardSettings, Settings
from segctl.protocol import Destination
from segctl.state import StateFile, StateStore
from segctl.sync import engine
from segctl.sync.engine import Reporter, RunResult
from segctl.sync.guards import GUARDS
from segctl.sync.plan import Plan
from segctl.sync.sync import Sync
from segctl.sync.workspace import Workspace, attribute_columns

DAY = date(2026, 3, 31)
TYPES = {"first_name": "VARCHAR", "orders": "BIGINT", "last_order_on": "DATE"}

READ_BACK = [name for name in TOOLS if registry.TOOLS[name].settings_type.reads_back]
"""Tools that can be asked who is in a list."""


@dataclass(frozen=True)
class Person:
    """Somebody in the warehouse."""

    email: str
    first_name: str | None = "Ada"
    orders: int | None = 1
    last_order_on: date | None = DAY


@dataclass(frozen=True)
class Event:
    """An entry or exit that is to be told."""

    event_id: str
    audience: str
    key: str
    event: str = "entered"


@dataclass(frozen=True)
class Shop:
    """What activation says: people with consent by key, and who is in which audience."""

    people: Mapping[str, Person] = field(default_factory=dict)
    audiences: Mapping[str, Sequence[str]] = field(default_factory=dict)
    events: Sequence[Event] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Former key -> key, of people who have another one now."""
    settings: Settings = field(default_factory=lambda: Settings(type="files"))

    def load(self, workspace: Workspace) -> str:
        workspace.load_lists({"segment": name, "title": title(name)} for name in self.audiences)
        members = [
            {
                "audience": name,
                "customer_id": key,
                "email": self.people[key].email,
                "entered_on": DAY,
                "consent_purpose": "marketing",
                "consented_at": "2026-01-01 00:00:00",
            }
            for name, keys in self.audiences.items()
            for key in keys
        ]
        texts = ("audience", "customer_id", "email", "consent_purpose", "consented_at")
        schema = pa.schema([(name, pa.string()) for name in texts]).append(
            pa.field("entered_on", pa.date32())
        )
        workspace.load_memberships(pa.Table.from_pylist(members, schema).to_batches(), schema.names)
        rows = [{"customer_id": key, **vars(person)} for key, person in self.people.items()]
        columns = {"customer_id": "VARCHAR", "email": "VARCHAR", **TYPES}
        kinds = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DATE": pa.date32()}
        profile_schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
        workspace.load_profiles(
            pa.Table.from_pylist(rows, profile_schema).to_batches(),
            columns,
            self.settings.attribute_names(attribute_columns(columns)),
        )
        if self.settings.events:
            told = [
                {
                    "event_id": event.event_id,
                    "audience": event.audience,
                    "customer_id": event.key,
                    "email": self.people[event.key].email,
                    "event": event.event,
                    "occurred_on": DAY,
                }
                for event in self.events
                if event.key in self.people
            ]
            workspace.load_events(pa.Table.from_pylist(told).to_batches())
        return str(DAY)

    def present_names(self, names: Sequence[str]) -> dict[str, str]:
        """Of these keys, those that are former ones, with what they are now."""
        return {name: self.names[name] for name in names if name in self.names}


def title(audience: str) -> str:
    """What the lists are called at the tools."""
    return audience.replace("_", " ").title()


def people(*keys: str, **changes: object) -> dict[str, Person]:
    """Customers with addresses of their names."""
    return {key: replace(Person(f"{key}@example.com"), **changes) for key in keys}  # type: ignore[arg-type]


ABC = Shop(people("ada", "bob", "cy"), {"vip": ["ada", "bob"], "win_back": ["cy"]})


async def hardly(seconds: float) -> None:
    """A pause that the tests have time for."""
    import asyncio

    await asyncio.sleep(min(seconds, 0.002))


class Rig:
    """A fake tool, a state, and syncs between them."""

    def __init__(
        self, tool: str, fake: FakeTool, directory: Path, store: StateStore | None = None
    ) -> None:
        self.tool = tool
        self.fake = fake
        self.store = store or StateFile(directory / "state" / "state.db")
        self.name = "news"
        """What the destination is called in sync.yml, the only one there."""
        self.tables: Path | None = None
        """Where runs are written down a second time."""
        self.key = str(fake.key)  # type: ignore[attr-defined]
        self._tool = registry.TOOLS[tool]

    @property
    def takes_events(self) -> bool:
        return self._tool.settings_type.tells_events

    def settings(self, **changes: Any) -> Settings:
        return self._tool.settings_type(
            **{"type": self.tool, **self.fake.settings(), **changes}  # type: ignore[attr-defined]
        )

    def destination(self, settings: Settings | None = None) -> Destination:
        made = self._tool.make(self.name, settings or self.settings(), self.secret)
        made.limiter._sleep = hardly  # type: ignore[attr-defined]
        # Limits have tests of their own; here they would only take time.
        made.limiter._windows = {}  # type: ignore[attr-defined]
        return made

    def secret(self, reference: str) -> str:
        return self.key

    def sync(
        self, shop: Shop, settings: Settings | None = None, guards: GuardSettings | None = None
    ) -> Sync:
        chosen = settings or self.settings()
        return Sync(
            replace(shop, settings=chosen),
            self.destination(chosen),
            self.store,
            guards or GuardSettings(),
            siblings=[f"{self.tool}:{self.name}"],
            tables=self.tables,
        )

    def apply(
        self, shop: Shop, settings: Settings | None = None, allowed: Sequence[str] = tuple(GUARDS)
    ) -> RunResult:
        return self.sync(shop, settings).apply(silent, allowed=allowed)[1]

    def holds(self, shop: Shop, without: Sequence[str] = ()) -> None:
        """Assert that the tool holds exactly what the shop wants, and whatever else was there."""
        lists = self.fake.snapshot()  # type: ignore[attr-defined]
        for name, keys in shop.audiences.items():
            wanted = {shop.people[key].email for key in keys if key not in without}
            assert lists.get(title(name), set()) == wanted, name
        for key, person in shop.people.items():
            if key in without:
                continue
            stored = self.fake.profile(person.email)  # type: ignore[attr-defined]
            assert stored is not None, key
            names = self.settings().attribute_names(list(TYPES))
            assert str(stored.get(names["first_name"]) or "") == (person.first_name or "")
            assert int(float(stored.get(names["orders"]) or 0)) == (person.orders or 0)


@contextmanager
def running(tool: str, directory: Path, **options: Any) -> Iterator[Rig]:
    """A rig with a fake of its own."""
    engine._FIRST_PAUSE = 0.001
    fake = fake_of(tool)(**options)
    with fake:
        yield Rig(tool, fake, directory)


@contextmanager
def silent(plan: Plan) -> Iterator[Reporter]:
    yield lambda progress: None
