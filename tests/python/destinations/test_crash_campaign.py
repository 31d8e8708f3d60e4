"""A hundred kill -9 at random moments, over a bad line, with a warehouse that does not stand still.

The tool lives in this process and remembers; the run is a process of its own, which is killed.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from children import start
from rig import Event, Person, Rig, Shop, running, title

from segctl.errors import LockHeld, SyncInterrupted
from segctl.sync import engine

KILLS = {"klaviyo": 34, "mailchimp": 33, "hubspot": 33}
BATCH, CONCURRENCY = 10, 4


@dataclass(frozen=True)
class Address:
    """All that the killed process knows of the tool."""

    key: str
    options: Mapping[str, Any]

    def settings(self) -> Mapping[str, Any]:
        return self.options


def shop(turn: int) -> Shop:
    """The warehouse changes a little with every turn: people come and go, and so do members."""
    keys = [f"p{number:03}" for number in range(turn * 7 % 40, turn * 7 % 40 + 90)]
    people = {key: Person(f"{key}@example.com", "Ada", turn % 5) for key in keys}
    first = turn * 5 % 20
    audiences = {"vip": keys[first : first + 50], "win_back": keys[10 + turn % 3 : 40]}
    events = [Event(f"e{turn}-{key}", "vip", key) for key in keys[:3]]
    return Shop(people, audiences, events)


def settings_of(rig: Rig) -> Any:
    limits = {"batch_size": BATCH, "concurrency": CONCURRENCY}
    return rig.settings(limits=limits, events=rig.takes_events)


def apply_in_child(tool: str, address: Address, directory: Path, turn: int) -> None:
    """The process that is killed."""
    engine._FIRST_PAUSE = 0.001
    rig = Rig(tool, address, directory)  # type: ignore[arg-type]
    apply_once(rig, shop(turn))


def apply_once(rig: Rig, wanted: Shop) -> bool:
    """Whether the run went through: on a line as bad as this one, some give up in order."""
    try:
        rig.apply(wanted, settings_of(rig))
    except SyncInterrupted:
        return False
    return True


class Campaign:
    """Kills, and what they may do at the most."""

    def __init__(self, rig: Rig, directory: Path) -> None:
        self.rig = rig
        self.directory = directory
        self.kills = self.turn = self.most_repeats = 0
        self.entered: Counter[tuple[str, str]] = Counter()
        self.left: Counter[tuple[str, str]] = Counter()
        self._inside: set[tuple[str, str]] = set()
        self._dice = random.Random(f"campaign {rig.tool}")  # noqa: S311
        self.address = Address(rig.key, dict(rig.fake.settings()))  # type: ignore[attr-defined]

    def next_state(self) -> Shop:
        """Another turn, and who may enter or leave because of it."""
        self.turn += 1
        found = shop(self.turn)
        inside = {
            (title(name), found.people[key].email)
            for name, keys in found.audiences.items()
            for key in keys
        }
        self.entered.update(inside - self._inside)
        self.left.update(self._inside - inside)
        self._inside = inside
        return found

    def strike(self, longest: float) -> None:
        """Start a run and kill it somewhere; a run that was through by then does not count."""
        asked = len(self.rig.fake.requests)
        child = start(apply_in_child, self.rig.tool, self.address, self.directory, self.turn)
        while child.is_alive() and len(self.rig.fake.requests) == asked:
            time.sleep(0.002)
        child.join(self._dice.uniform(0.0, longest))
        if child.is_alive():
            os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        assert child.exitcode in (0, -signal.SIGKILL)
        if child.exitcode:
            self.kills += 1
            self.count_repeats()

    def count_repeats(self) -> None:
        """What was acknowledged is not planned again: only what was in flight may be repeated."""
        identity = f"{self.rig.tool}:news"
        with self.rig.store.read() as state:
            (flight,) = state.select(
                "select coalesce(sum(people), 0) as people from log "
                "where status in ('in_flight', 'accepted')"
            )
            runs = state.select(
                "select operations, acknowledged, dead, suppressed, status from runs "
                "where destination = :d order by run_id desc limit 1",
                d=identity,
            )
        assert flight["people"] <= CONCURRENCY * BATCH
        self.most_repeats = max(self.most_repeats, flight["people"])
        if runs and runs[0]["status"] == "sending":
            plan = self.rig.sync(shop(self.turn), settings_of(self.rig)).plan()
            assert plan.operations <= runs[0]["operations"] - runs[0]["acknowledged"]

    def check(self, wanted: Shop) -> None:
        """After an apply that went through: nothing is lost and nothing happened twice."""
        self.rig.holds(wanted)
        effects = self.rig.fake.effects  # type: ignore[attr-defined]
        for effect, count in effects.items():
            match effect:
                case ("add", name, email):
                    assert count <= self.entered[name, email], effect
                case ("remove", name, email):
                    assert count <= self.left[name, email], effect
                case ("create_list" | "event", *_):
                    assert count == 1, effect


@pytest.mark.parametrize("tool", KILLS)
def test_killed_at_any_moment_nothing_is_lost_and_nothing_happens_twice(
    tool: str, tmp_path: Path, record_property: Any
) -> None:
    with running(tool, tmp_path) as rig:
        campaign = Campaign(rig, tmp_path)
        faults = rig.fake.faults
        faults.dice.seed(tool)
        faults.error_rate, faults.lost_rate = 0.10, 0.05
        longest = 1.0
        while campaign.kills < KILLS[tool]:
            wanted = campaign.next_state()
            for _ in range(campaign.turn % 4):
                campaign.strike(longest)
            started = time.monotonic()
            while not apply_once(rig, wanted):
                started = time.monotonic()
            longest = time.monotonic() - started
            campaign.check(wanted)
        assert rig.fake.violations == []
        assert not list(rig.store.directory.glob("work-*")), "scratch files were left behind"
        try:
            with rig.store.lock(f"{tool}:news"):
                pass
        except LockHeld:
            pytest.fail("a killed run kept its lock")
        record_property("kills", campaign.kills)
        record_property("lost", 0)
        record_property("duplicates", 0)
        record_property("most repeats", campaign.most_repeats)
        print(
            f"{tool}: {campaign.kills} kills in {campaign.turn} states, 0 lost, 0 duplicates, "
            f"at most {campaign.most_repeats} records repeated (limit {CONCURRENCY * BATCH})"
        )
