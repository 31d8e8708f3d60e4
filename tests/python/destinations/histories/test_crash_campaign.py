"""A hundred kill -9 at random moments, over a bad line, with a warehouse that does not stand still.

The tool lives in this process and remembers; the run is a process of its own, which is killed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from children import start
from rig import Event, Person, Rig, Shop, running, title
from tier import times

from segctl.errors import LockHeld, SyncInterrupted
from segctl.sync import engine

KILLS = {"klaviyo": times(7, 34), "mailchimp": times(7, 33), "hubspot": times(7, 33)}
BATCH, CONCURRENCY = 10, 4


@dataclass(frozen=True)
class Address:
    """All that the killed process knows of the tool."""

    key: str
    options: Mapping[str, Any]

    def settings(self) -> Mapping[str, Any]:
        return self.options


REFUSES_AT = 3
"""The turn from which on somebody has said no at the tool, and has another address."""
REFUSER = "p039"
"""In the warehouse in every turn."""
RESTORE_EVERY = 5
"""Turns after which a state comes back that misses one."""


def shop(turn: int) -> Shop:
    """The warehouse changes a little with every turn: people come and go, and so do members."""
    keys = [f"p{number:03}" for number in range(turn * 7 % 40, turn * 7 % 40 + 90)]
    people = {key: Person(f"{key}@example.com", "Ada", turn % 5) for key in keys}
    if turn >= REFUSES_AT and REFUSER in people:
        people[REFUSER] = Person(f"{REFUSER}-{turn}@example.com", "Ada", turn % 5)
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
    rig.tables = directory / "tables"
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
        self._left_over: set[tuple[str, str]] = set()
        """Put into a list by a run that the state misses, and wanted by nobody."""
        self.restored = 0
        self._before = 0
        """The newest run when the turn began."""
        self._backup = directory / "backup"
        rig.tables = directory / "tables"
        self._dice = random.Random(f"campaign {rig.tool}")  # noqa: S311
        self.address = Address(rig.key, dict(rig.fake.settings()))  # type: ignore[attr-defined]

    def next_state(self) -> Shop:
        """Another turn, and who may enter or leave because of it."""
        self.turn += 1
        found = shop(self.turn)
        if self.turn == REFUSES_AT:
            self.rig.fake.suppress(f"{REFUSER}@example.com")  # type: ignore[attr-defined]
        if self.turn % RESTORE_EVERY == 0:
            self._restore()
        with self.rig.store.read() as state:
            self._before = state.latest_run(f"{self.rig.tool}:{self.rig.name}")
        inside = {
            (title(name), found.people[key].email)
            for name, keys in found.audiences.items()
            for key in keys
        }
        self._left_over -= inside
        self.entered.update(inside - self._inside)
        self.left.update(self._inside - inside)
        self._inside = inside
        return found

    def back_up(self) -> None:
        """The state as it is now, without the locks and scratch files of those who were killed."""
        shutil.rmtree(self._backup, ignore_errors=True)
        shutil.copytree(self.rig.store.directory, self._backup)

    def _restore(self) -> None:
        """The state of before the last turn comes back."""
        if not self._backup.exists():
            return
        self.restored += 1
        shutil.rmtree(self.rig.store.directory)
        shutil.copytree(self._backup, self.rig.store.directory)
        lists = self.rig.fake.snapshot()  # type: ignore[attr-defined]
        self._left_over |= {(name, email) for name, there in lists.items() for email in there}

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
                "select run_id, operations, acknowledged, dead, suppressed, status from runs "
                "where destination = :d order by run_id desc limit 1",
                d=identity,
            )
        assert flight["people"] <= CONCURRENCY * BATCH
        self.most_repeats = max(self.most_repeats, flight["people"])
        # A run of before this turn was about another warehouse.
        if runs and runs[0]["run_id"] > self._before and runs[0]["status"] == "sending":
            plan = self.rig.sync(shop(self.turn), settings_of(self.rig)).plan()
            assert plan.operations <= runs[0]["operations"] - runs[0]["acknowledged"]

    def check(self, wanted: Shop) -> None:
        """After an apply that went through: nothing is lost and nothing happened twice."""
        out = f"{REFUSER}@example.com"
        lists = self.rig.fake.snapshot()  # type: ignore[attr-defined]
        for name, keys in wanted.audiences.items():
            emails = {wanted.people[key].email for key in keys if key != REFUSER}
            there = lists[title(name)] - {out}
            assert emails <= there, name
            extra = {(title(name), email) for email in there - emails} - self._left_over
            assert not extra, extra
        self.rig.holds(replace(wanted, audiences={}), without=[REFUSER])
        statuses = self.rig.fake.statuses()  # type: ignore[attr-defined]
        assert not [one for one in statuses if one.startswith(f"{REFUSER}-")]
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
            if (campaign.turn + 2) % RESTORE_EVERY == 0:
                campaign.back_up()
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
        record_property("restored", campaign.restored)
        assert campaign.restored
        record_property("lost", 0)
        record_property("duplicates", 0)
        record_property("most repeats", campaign.most_repeats)
        print(
            f"{tool}: {campaign.kills} kills in {campaign.turn} states, {campaign.restored} of "
            "them with an old state restored, 0 lost, 0 duplicates, "
            f"at most {campaign.most_repeats} records repeated (limit {CONCURRENCY * BATCH})"
        )
