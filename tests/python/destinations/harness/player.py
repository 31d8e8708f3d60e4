"""Plays histories against a fake tool, with the real engine, state and HTTP."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from auditor import Auditor, Remembers, counts
from history import (
    DeletesList,
    Erases,
    Hand,
    History,
    LosesState,
    Memory,
    Moves,
    Plants,
    Renames,
    RestoresState,
    SaysNo,
    SaysNoAndMoves,
    Spoils,
    Step,
    Weather,
    World,
    histories,
)
from hypothesis import HealthCheck, Phase, given, seed, settings
from mortal import Killed, Life, MortalStore
from rig import Rig, running, title
from tier import times
from tools import hurry

from segctl.errors import SyncInterrupted
from segctl.people.erasure import erase_people
from segctl.sync.engine import Reporter
from segctl.sync.guards import GUARDS
from segctl.sync.plan import Plan
from segctl.sync.sync import Sync

USUAL = times(60, 500)
"""Histories of all tools together in a usual run."""
_TOOLS = 5
_SPEED = 10_000
_REST = 8
"""Runs within which everything has to come to rest once nothing goes wrong any more."""


class Player:
    """One history."""

    def __init__(self, rig: Rig, directory: Path, history: History, seen: Counter[str]) -> None:
        self.rig = rig
        self.fake: Any = rig.fake
        self.directory = directory
        self.history = history
        self.seen = seen
        self.auditor = Auditor(rig)
        self.world = World()
        rig.tables = directory / "tables"
        self.look: Callable[[], object] | None = None
        """What is looked at after each request and transaction of a step."""
        self.lives: list[Life] = []
        """One for each step."""
        self.backups: list[tuple[Path, Remembers]] = []
        """The state before each step, and what it knows."""
        self.unfinished = False
        limits = {"batch_size": history.batch_size, "concurrency": history.concurrency}
        tells = rig.destination().capabilities.takes_events
        self.settings = rig.settings(events=tells, limits=limits)

    def play(self) -> None:
        """The whole history, to its good end."""
        for step in self.history.steps:
            self._live(step)
        self.fake.faults.script.clear()
        self.fake.faults.error_rate = 0.0
        self._set_weather(Weather())
        self.fake.invalid.clear()
        self.fake.poison.clear()
        self._come_to_rest()
        self._retry_the_dead()
        self.auditor.final()

    def _live(self, step: Step) -> None:
        for change in step.changes:
            self.world = self.world.after(change)
        for hand in step.hands:
            self._act(hand)
        self._back_up()
        for event in step.memory:
            self._happen(event)
        self._set_weather(step.weather)
        self.lives.append(Life(step.crash, self.look))
        self._run(self.lives[-1])

    def _act(self, hand: Hand) -> None:
        """Somebody does something at the tool."""
        match hand:
            case Plants(audience, email):
                # A receiver's lists have no names to find them by: a second one would be made.
                if self.rig.tool != "webhook" or title(audience) in self.fake.snapshot():
                    self.fake.plant(title(audience), email)
                    self.auditor.plants(title(audience), email)
            case SaysNo(email):
                self.fake.suppress(email)
                self.auditor.says_no(email)
            case DeletesList(audience):
                # A receiver that has lost a list cannot be asked; it has to be mended by hand.
                if self.rig.tool != "webhook" and title(audience) in self.fake.snapshot():
                    self.fake.delete_list(title(audience))
                    self.auditor.deleted(title(audience))
            case SaysNoAndMoves(key, email):
                if key in self.world.people:
                    before = self.world.people[key].email
                    self.fake.suppress(before)
                    self.auditor.says_no(before)
                    self.world = self.world.after(Moves(key, email))
                    self.seen["opt-outs with another address"] += 1
            case Spoils(email, how):
                getattr(self.fake, how).add(email)
                self.auditor.spoilt.add(email)

    def _back_up(self) -> None:
        backup = self.directory / f"backup-{len(self.backups)}"
        if self.rig.store.directory.exists():
            shutil.copytree(self.rig.store.directory, backup)
        self.backups.append((backup, self.auditor.memory()))

    def _happen(self, event: Memory) -> None:
        """Something becomes of what segctl knows."""
        directory = self.rig.store.directory
        match event:
            case Erases(email):
                self._erase(email)
            case LosesState():
                self.seen["lost states"] += 1
                shutil.rmtree(directory, ignore_errors=True)
                self.auditor.lost(Remembers())
            case RestoresState(steps):
                backup, known = self.backups[max(0, len(self.backups) - 1 - steps)]
                if not backup.exists():
                    return
                self.seen["restored states"] += 1
                shutil.rmtree(directory, ignore_errors=True)
                shutil.copytree(backup, directory)
                self.auditor.lost(known)
            case Renames():
                self.seen["renamed destinations"] += 1
                self.rig.name = f"news-{self.seen['renamed destinations']}"

    def _erase(self, email: str) -> None:
        self.seen["erasures"] += 1
        self._set_weather(Weather())
        self.fake.faults.error_rate = 0.0
        destination = self.rig.destination(self.settings)
        hurry(destination.limiter, _SPEED)  # type: ignore[attr-defined]
        self.auditor.erased(email)
        receipts = erase_people(
            self.rig.store, [destination], [email], siblings=[destination.identity]
        )
        assert not any(receipt.failed for receipt in receipts), receipts
        if hasattr(self.fake, "finish_deletions"):
            self.fake.finish_deletions()

    def _set_weather(self, weather: Weather) -> None:
        faults = self.fake.faults
        faults.dice = random.Random(weather.seed)  # noqa: S311
        faults.retry_after = weather.retry_after
        faults.error_rate = weather.rate / 2
        faults.lost_rate = weather.rate / 4
        for name in ("throttle_rate", "half_rate", "html_rate", "refuse_rate"):
            setattr(faults, name, weather.rate / 16)
        faults.script.clear()
        if weather.script:
            faults.script.extend(["ok"] * weather.good + list(weather.script))

    def _run(self, life: Life) -> bool:
        """One apply; whether it went through."""
        self.auditor.expect(self.world)
        self.auditor.begin(self.unfinished)
        destination = self.rig.destination(self.settings)
        hurry(destination.limiter, _SPEED)  # type: ignore[attr-defined]
        life.lives_through(destination.limiter)  # type: ignore[attr-defined]
        shop = self.world.shop()
        source = replace(shop, settings=self.settings)
        sync = Sync(
            source,
            destination,
            MortalStore(self.rig.store, life),
            siblings=[destination.identity],
            tables=self.rig.tables,
        )
        self.unfinished = True
        self.seen["runs"] += 1
        try:
            plan, self.result = sync.apply(self._look, allowed=tuple(GUARDS))
        except Killed:
            self.seen["crashes"] += 1
        except SyncInterrupted:
            self.seen["interrupted runs"] += 1
            self._let_time_pass()
        else:
            self.unfinished = False
            self.auditor.shown(plan)
            self.auditor.went_through()
        finally:
            self.fake.wait_until_left()  # it works through what the run had asked before it died
        if self.unfinished:
            self.auditor.broke_off()
        self.auditor.end()
        return not self.unfinished

    @contextmanager
    def _look(self, plan: Plan) -> Iterator[Reporter]:
        """What a person sees before anything is sent."""
        self.auditor.shown(plan)
        yield lambda progress: None

    def _let_time_pass(self) -> None:
        """A tool that wants to be left alone for a quarter of an hour has been."""
        identity = self.rig.destination().identity
        with self.rig.store.open() as state:
            if state.paused_until(identity):
                state.remember_account(identity, state.account(identity) or "")

    def _come_to_rest(self) -> None:
        """Run until there is nothing left to do."""
        for _ in range(_REST):
            writes = len(self.fake.writes())
            assert self._run(Life()), "a run was interrupted although nothing is wrong"
            if self.result.run_id is None:
                assert len(self.fake.writes()) == writes, "no change, but something was sent"
                return
        raise AssertionError(f"no rest after {_REST} runs: {self.result}")

    def _retry_the_dead(self) -> None:
        """What the tool refused is tried again, now that it does not refuse it any more."""
        identity = self.rig.destination().identity
        with self.rig.store.open() as state:
            dead = state.select("select person_key from dead_letters where suppressed = 0")
            self.auditor.dead_for_a_reason({row["person_key"] for row in dead})
            if not state.forget_dead(identity):
                return
        self.seen["retries of dead letters"] += 1
        self._come_to_rest()
        with self.rig.store.read() as state:
            left = state.select("select * from dead_letters where suppressed = 0")
            assert not left, f"refused again: {left}"


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory in memory, if there is one: syncing to disk is not what is tested here."""
    memory = Path("/dev/shm")  # noqa: S108
    base = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None))
    try:
        yield base
    finally:
        shutil.rmtree(base)


def play_histories(tool: str, record: Callable[[str, object], None]) -> None:
    """Random histories of one tool: the same ones each time, or more and others in a soak."""
    total = int(os.environ.get("SEGCTL_HISTORIES", USUAL))
    soaking = "SEGCTL_HISTORIES" in os.environ
    number = int(os.environ.get("SEGCTL_SEED", random.getrandbits(32) if soaking else 0))
    seen: Counter[str] = Counter()

    @seed(zlib.crc32(f"{tool}{number}".encode()))
    @settings(
        max_examples=max(1, total // _TOOLS),
        deadline=None,
        database=None,
        print_blob=True,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(histories(most_steps=9 if soaking else 4))
    def play(history: History) -> None:
        seen["histories"] += 1
        with scratch() as directory, running(tool, directory) as rig:
            Player(rig, directory, history, seen).play()

    try:
        play()
    finally:
        record("histories", f"{tool} (SEGCTL_SEED={number}): {counts(seen)}")
