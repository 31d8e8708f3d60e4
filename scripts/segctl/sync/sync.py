"""`plan` and `apply`: from the warehouse to a destination, one step after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Protocol

from segctl.destinations.rate_limit import LONGEST_PAUSE
from segctl.destinations.settings import GuardSettings
from segctl.errors import ConfigError, DestinationError, SyncInterrupted
from segctl.protocol import EVENTS, PROFILES, Destination, ListSpec
from segctl.state import Change, State, StateStore, by_key
from segctl.state.tables import newest_runs, write_tables
from segctl.sync import acknowledged, operations, optouts, renames
from segctl.sync import plan as planning
from segctl.sync.engine import Engine, Reporter, RunResult
from segctl.sync.guards import judge, stop_unless_allowed
from segctl.sync.optouts import Learnt
from segctl.sync.plan import Guard, Plan
from segctl.sync.standing import Standing, examine
from segctl.sync.workspace import Workspace, open_workspace

_FARTHEST_PAUSE = timedelta(seconds=LONGEST_PAUSE, hours=1)

Gate = Callable[[], Collection[Guard]]
Reporting = Callable[[Plan], AbstractContextManager[Reporter]]


class Source(Protocol):
    """Where the desired state comes from."""

    def load(self, workspace: Workspace) -> str:
        """Fill lists, memberships, profiles and events; returns the day that they are as of."""


@dataclass(frozen=True)
class Survey:
    """What the destination turned out to hold."""

    account: str
    is_new: bool
    """Whether nothing was ever sent there."""
    found: Mapping[str, str]
    """Lists that are there without the ledger knowing them: audience -> remote id."""
    lost: Collection[str]
    """Lists that the ledger knows and that are not there any more."""
    state: str
    """The state's fingerprint."""
    standing: Standing
    """Whether the state is the newest that there is."""
    optouts: Learnt | None = None
    """Who was seen to have said no to the tool; None: nobody had to be asked."""


@dataclass(frozen=True)
class Sync:
    """One destination kept in step with one source."""

    source: Source
    destination: Destination
    store: StateStore
    guards: GuardSettings = field(default_factory=GuardSettings)
    say: Callable[[str], None] = lambda message: None
    trail: timedelta = timedelta(days=1095)
    """How long the audit trail is kept."""
    siblings: Collection[str] | None = None
    """All destinations in sync.yml: who is not among them may have been renamed. None: unknown."""
    tables: Path | None = None
    """Where every run is written down a second time, by which an old state is known."""

    def plan(self) -> Plan:
        """What an apply would do. Changes nothing, neither here nor there."""
        self._let_it_speak()
        return asyncio.run(self._plan())

    def apply(
        self,
        reporting: Reporting,
        expected: Plan | None = None,
        allowed: Collection[str] = (),
        gate: Gate = tuple,
    ) -> tuple[Plan, RunResult]:
        """Make the destination hold what the warehouse says, or stop at a guard."""
        self._let_it_speak()
        with self.store.lock(self.destination.identity):
            return asyncio.run(self._apply(reporting, expected, allowed, gate))

    def _let_it_speak(self) -> None:
        if self.destination.limiter is not None:
            self.destination.limiter.say = self.say

    async def _plan(self) -> Plan:
        try:
            account = await self.destination.connect()
            async with self._planned(account) as (plan, _, _):
                return plan
        finally:
            await self.destination.close()

    async def _apply(
        self,
        reporting: Reporting,
        expected: Plan | None,
        allowed: Collection[str],
        gate: Gate,
    ) -> tuple[Plan, RunResult]:
        self._respect_pause()
        with self.store.open():
            pass  # it exists from now on, and with it the key of the digests that planning makes
        try:
            # A key that is missing or wrong shows before anything takes time.
            account = await self.destination.connect()
            failures = tuple(gate())
            stop_unless_allowed(failures, allowed)
            working = await self._settle_leftovers(account)
            async with self._planned(account) as (plan, workspace, survey):
                plan = plan.model_copy(update={"guards": (*failures, *plan.guards)})
                if expected is not None:
                    expected.require_same(plan)
                stop_unless_allowed(plan.guards, allowed)
                self._take_over(survey.standing.known_as)
                self._remember(survey)
                if not plan.operations and not self._needs_tidying(workspace, survey):
                    return plan, RunResult()
                if plan.operations:
                    await self.destination.prepare(workspace.profile_columns, workspace.directory)
                with self.store.open() as state, reporting(plan) as report:
                    state.remember_account(self.destination.identity, survey.account)
                    begun = partial(self._write_down, survey.standing)
                    try:
                        result = await Engine(state, self.destination, report, begun=begun).run(
                            plan,
                            workspace,
                            found=survey.found,
                            lost=survey.lost,
                            allowed=allowed,
                            working=working,
                        )
                    finally:
                        begun()
                    self._fold(state)
                    return plan, result
        except SyncInterrupted as interrupted:
            self._remember_pause(interrupted)
            raise
        finally:
            await self.destination.close()

    def _write_down(self, standing: Standing) -> None:
        """Have the run in its second place, before and after it: the first time before anything is
        sent, so that whatever becomes of it, a state that misses it shows."""
        if self.tables is not None:
            names = {self.destination.identity, standing.known_as, *standing.missed}
            write_tables(self.store, self.tables, names)

    def _take_over(self, before: str) -> None:
        """What was kept under another name is kept under this one from now on."""
        now = self.destination.identity
        if before != now:
            self.say(f"{before} is called {now} from now on: it is the same account.")
            with self.store.lock(before), self.store.open() as state:
                state.rename(before, now)

    def _examine(self, state: State, account: str) -> Standing:
        newest = newest_runs(self.tables) if self.tables else {}
        return examine(self.store, state, self.destination, account, self.siblings, newest)

    def _remember(self, survey: Survey) -> None:
        """What was learnt about people who must not be sent, whether or not anything is sent."""
        learnt, missing = survey.optouts, survey.standing.unknown_dead
        if survey.standing.is_stale:
            with self.store.open() as state:
                self._doubt(state)
        with self.store.read() as state:
            here = set(state.tombstones())
        elsewhere = self.store.tombstones.read()
        if here - elsewhere:
            self.store.tombstones.add(here - elsewhere)
        if missing or learnt:
            with self.store.open() as state:
                state.bury(missing)
                if learnt:
                    identity = self.destination.identity
                    state.remember_optouts(identity, learnt.noticed, learnt.lifted)

    def _respect_pause(self) -> None:
        with self.store.read() as state:
            until = state.paused_until(self.destination.identity)
        if until is None or until <= datetime.now(UTC):
            return
        if until > datetime.now(UTC) + _FARTHEST_PAUSE:
            # No pause is that long: it was written down by a clock that went wrong, or still does.
            self.say(
                f"{self.destination.name} is paused until {until:%F} by a clock that has jumped "
                "since: it is asked again."
            )
            with self.store.open() as state:
                state.lift_pause(self.destination.identity)
            return
        raise SyncInterrupted(
            f"{self.destination.name} asked to be left alone until {until:%F %T} UTC.",
            f"Run the same command again then, or lift the pause: segctl resume "
            f"{self.destination.name}",
            resume_at=until,
        )

    def _remember_pause(self, interrupted: SyncInterrupted) -> None:
        identity = self.destination.identity
        if interrupted.resume_at is None:
            return
        with self.store.open() as state:
            account = state.account(identity) or ""
            state.remember_account(identity, account, interrupted.resume_at)

    async def _settle_leftovers(self, account: str) -> list[str]:
        """Learn what became of jobs that a killed run had started; those that still work."""
        with self.store.read() as state:
            known_as = self._examine(state, account).known_as
            unsettled = state.unsettled_jobs(known_as)
        if unsettled:
            self.say("Asking after what an earlier run had started ...")
            is_ours = known_as == self.destination.identity
            with (
                nullcontext() if is_ours else self.store.lock(known_as),
                self.store.open() as state,
            ):
                return await Engine(state, self.destination).resume(known_as)
        return []

    def _needs_tidying(self, workspace: Workspace, survey: Survey) -> bool:
        """Whether the state has to change although there is nothing to send."""
        with self.store.read() as state:
            left = state.has_leftovers(self.destination.identity)
        return left or bool(survey.found) or workspace.count("adopted") > 0

    def _doubt(self, state: State) -> None:
        """An old state's people are perhaps there, perhaps not: durable, as the run that sends them
        again may be interrupted."""
        identity = self.destination.identity
        with open_workspace(self.store.directory) as workspace:
            known = state.ledger(identity), state.changes(identity)
            acknowledged.load(workspace, *known, in_doubt=True)
            state.fold(identity, acknowledged.people(workspace))

    def _fold(self, state: State) -> None:
        identity = self.destination.identity
        before = (datetime.now(UTC) - self.trail).isoformat(timespec="seconds")
        if state.needs_folding(identity, before):
            with open_workspace(self.store.directory) as workspace:
                acknowledged.load(workspace, state.ledger(identity), state.changes(identity))
                state.fold(identity, acknowledged.people(workspace))
        state.prune(identity, before)

    @asynccontextmanager
    async def _planned(self, account: str) -> AsyncIterator[tuple[Plan, Workspace, Survey]]:
        with self.store.read() as state:
            key, standing = state.digest_key(), self._examine(state, account)
            erased = by_key({*state.tombstones(), *standing.unknown_dead})
        with open_workspace(self.store.directory, key, erased) as workspace:
            self.say("Reading the audiences from the warehouse ...")
            as_of = self.source.load(workspace)
            if workspace.not_numbers:
                self.say(
                    f"{workspace.not_numbers:,} attributes are no numbers (NaN or infinite) in the "
                    "warehouse; they are sent as empty."
                )
            self.say(f"Comparing with what {self.destination.name} has acknowledged ...")
            with self.store.read() as state:
                survey = await self._load_known(workspace, state, account, standing)
                gone = (Change.gone(audience) for audience in sorted(survey.lost))
                wanted = operations.compute_difference(
                    workspace,
                    state.ledger(standing.known_as),
                    chain(state.changes(standing.known_as), gone),
                    profiles_are_a_list=self.destination.capabilities.profiles_are_a_list,
                    in_doubt=standing.is_stale,
                )
                renames.follow(workspace, self.source, self.destination.capabilities.renames)
                if wanted:
                    memory = state.optouts(standing.known_as)
                    learnt = await optouts.learn(workspace, self.destination, memory)
                    survey = replace(survey, optouts=learnt)
            operations.compute_operations(workspace)
            yield self._describe(workspace, as_of, survey), workspace, survey

    async def _load_known(
        self, workspace: Workspace, state: State, account: str, standing: Standing
    ) -> Survey:
        """Which lists are there, who is in those that the ledger misses, and who was refused."""
        identity = standing.known_as
        before = state.account(identity)
        self._require_same_account(before, account)
        known = state.lists(identity)
        there = await self.destination.find_lists(self._specs(workspace, known))
        lost = {audience for audience in known if audience not in there} - {EVENTS}
        found = {audience: there[audience] for audience in there if audience not in known}
        workspace.load_list_records(
            {audience: hashed for audience, (hashed, _) in known.items() if audience not in lost}
            | dict.fromkeys(found)
        )
        if EVENTS not in known and workspace.tells_events:
            # Whoever was in a segment before the first sync did not enter it just now.
            workspace.execute(
                f"insert into adopted select '{EVENTS}', person_key, 1, null, null from events"
            )
            found[EVENTS] = EVENTS
        # Who was put there by a state that is gone can only be seen at the tool.
        unsure = {**found, **(there if standing.is_stale else {})}
        for audience, list_id in unsure.items():
            if audience != EVENTS and self.destination.capabilities.reads_back:
                async for members in self.destination.members(list_id):
                    workspace.see(audience, members)
                    if audience in found:
                        strangers = self.destination.capabilities.owns_lists
                        workspace.adopt(audience, members, strangers=strangers)
        if found:
            workspace.settle_adopted()
        workspace.load_dead(state.dead(identity))
        fingerprint = state.fingerprint(identity)
        return Survey(account, before is None, found, lost, fingerprint, standing)

    def _specs(
        self, workspace: Workspace, known: Mapping[str, tuple[int | None, str | None]]
    ) -> list[ListSpec]:
        titles = workspace.list_titles()
        names = {*titles, *known} - {EVENTS}
        if not self.destination.capabilities.profiles_are_a_list:
            names -= {PROFILES}
            self._require_distinct({name: titles[name] for name in names & titles.keys()})
        return [
            ListSpec(name, titles.get(name, name), known.get(name, (None, None))[1])
            for name in sorted(names)
        ]

    def _require_distinct(self, titles: Mapping[str, str]) -> None:
        """Two audiences of one title would share a list, and whoever leaves one leaves both."""
        seen: dict[str, str] = {}
        for audience, title in sorted(titles.items()):
            other = seen.setdefault(title.strip().casefold(), audience)
            if other != audience:
                raise ConfigError(
                    f"{other} and {audience} would both be called {title} at "
                    f"{self.destination.name}.",
                    f"Give one of them another name in sync.yml: {audience}: {{title: ...}}",
                )

    def _require_same_account(self, before: str | None, now: str) -> None:
        if before and before != now:
            raise DestinationError(
                f"The key of {self.destination.name} belongs to another account ({now}) than the "
                f"one that everything was sent to so far ({before}).",
                "Use the old account's key, or give the new account a name of its own in sync.yml.",
            )

    def _describe(self, workspace: Workspace, as_of: str, survey: Survey) -> Plan:
        limits = self.destination.capabilities
        count, requests, seconds = planning.effort(workspace, limits)
        plan = Plan(
            destination=self.destination.identity,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            as_of=as_of,
            desired_digest=planning.desired_digest(workspace),
            ledger_digest=planning.ledger_digest(workspace, survey.state),
            lists=planning.list_changes(workspace),
            at_other_addresses=workspace.at_other_addresses,
            events=planning.events_to_tell(workspace),
            operations=count,
            requests=requests,
            seconds=seconds,
            held=planning.held_back(workspace),
            opted_out=optouts.under_another_address(workspace),
            unpermitted=workspace.unpermitted(),
            over_a_day=planning.over_a_day(workspace, limits),
            first_run=survey.is_new,
            deleted=() if limits.owns_lists else tuple(sorted(survey.lost)),
        )
        guards = (*survey.standing.guards(), *judge(plan, self.guards))
        return plan.model_copy(update={"guards": guards})
