"""Carries a plan out: batches, several at once, bisecting, and a state that survives any crash.

The order never changes: an operation is durable in the outbox, then marked as in flight, then sent,
then answered, and only the answer changes what is known of the destination. Whatever a crash leaves
in flight counts as "perhaps there" for the next plan, which sends it again; calls are set-like, so
again is harmless. Limits and repeated requests are the limiter's business, see `rate_limit`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from segctl.errors import SegctlError, SyncInterrupted
from segctl.protocol import (
    Batch,
    BatchRejected,
    Destination,
    JobLost,
    Kind,
    NamesByAddress,
    Outcome,
    ShowsProgress,
)
from segctl.state import Counts, OutboxEntry, Run, State, with_id
from segctl.sync import batches, operations, renames
from segctl.sync.breaker import GUARD, Breaker, Search, Tripped
from segctl.sync.delivery import Part, around, by_id, with_more
from segctl.sync.operations import BatchRange
from segctl.sync.plan import Plan
from segctl.sync.workspace import Workspace

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 20.0
"""Seconds between two looks at a background job."""
_LONGEST_STANDSTILL = 1_800.0
"""Seconds without progress after which a background job is given up."""
_WAIT_FOR_OLD = 60.0
"""Seconds without progress that a job of an earlier run is waited for, before new ones start."""
_LEARNED = 20_000
"""Ids that the tool tells are put aside in pieces of this size, out of memory."""


@dataclass(frozen=True)
class Progress:
    """One batch that was answered."""

    kind: Kind
    audience: str
    rows: int
    dead: int


Reporter = Callable[[Progress], None]


@dataclass
class RunResult:
    """What a run did."""

    run_id: int | None = None
    operations: int = 0
    acknowledged: int = 0
    dead: int = 0
    suppressed: int = 0
    blocked: int = 0
    """Left for later: the person's profile, or the list, is not there, or was just refused."""
    requests: int = 0
    throttled: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    """Reason for rejecting a record -> how often."""


class Engine:
    """Sends the operations of a workspace to a destination."""

    def __init__(
        self,
        state: State,
        destination: Destination,
        report: Reporter = lambda progress: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        self.state = state
        self.destination = destination
        self.result = RunResult()
        self.list_ids: dict[str, str] = {}
        """Audience -> what the tool calls its list."""
        self.not_emptied: set[str] = set()
        """Lists that somebody could not be taken out of, and that must not be forgotten yet."""
        self.breaker = Breaker(destination.name)
        self._tomorrow: SyncInterrupted | None = None
        self._report = report
        self._sleep = sleep
        self._begun = begun
        """Called once the run is durable, before its first request."""

    async def resume(self, identity: str) -> list[str]:
        """Ask once after jobs that an earlier run left behind; what they do not tell is planned
        anew. Returns those that are still working. `identity` is the name they were started under.
        """
        run_id = self.state.latest_run(identity)
        working = []
        for job in self.state.unsettled_jobs(identity):
            try:
                outcome = await self.destination.settle(job)
                if outcome is None:
                    working.append(job)
                    continue
                keys = self.state.keys_of_job(identity, job)
                outcome = outcome.about(keys)
                self.breaker.watch(job, [(len(keys), outcome)])
            except (LookupError, SegctlError):
                continue  # stays in doubt, so it is sent again
            self.state.settle(run_id, identity, job, outcome)
        return working

    async def run(
        self,
        plan: Plan,
        workspace: Workspace,
        *,
        found: Mapping[str, str],
        lost: Collection[str] = (),
        allowed: Collection[str] = (),
        working: Collection[str] = (),
    ) -> RunResult:
        """Carry the plan out to the end, or leave what is left to the next run.

        `found` are the lists that were found at the tool without the ledger knowing them, `lost`
        those that are not there any more although it does, `working` jobs of an earlier run.
        """
        self.breaker = Breaker(self.destination.name, is_off=GUARD in allowed)
        cuts = operations.batch_ranges(
            operations.operation_ranges(workspace), self.destination.capabilities
        )
        run = self.state.begin_run(
            self.destination.identity,
            plan.summary(),
            allowed,
            lost,
            workspace.adopted(),
            renames.retired(workspace),
            found,
            batches.outbox(workspace, cuts),
        )
        self._begun()
        self.result = RunResult(run.run_id, operations=plan.operations)
        lists = self.state.lists(self.destination.identity)
        self.list_ids = {name: remote for name, (_, remote) in lists.items() if remote}
        status = "interrupted"
        before = self._traffic()
        try:
            for kind, part in operations.phases(cuts):
                if kind is Kind.UPSERT:
                    await self._let_finish(working)
                await _Phase(self, run, workspace, kind).send(self._todays(kind, part))
            for job in self.state.unsettled_jobs(self.destination.identity):
                self.settled(run, job, await self.settle(job))
            if self._tomorrow is not None:
                raise self._tomorrow
            status = "finished"
        except Tripped:
            self.state.forget_refusals(run, self.breaker.reasons())
            raise
        finally:
            requests, throttled = (a - b for a, b in zip(self._traffic(), before, strict=True))
            self.result.requests, self.result.throttled = requests, throttled
            self.state.finish_run(
                run,
                status,
                requests=requests,
                throttled=throttled,
                blocked=self.result.blocked,
            )
        return self.result

    def _todays(self, kind: Kind, part: Sequence[BatchRange]) -> Sequence[BatchRange]:
        """As many as the account still takes today; what hangs on the others waits with them."""
        most = self.destination.capabilities.daily.get(kind)
        if most is None:
            return part
        since = datetime.now(UTC) - timedelta(days=1)
        left = max(0, most - self.state.acknowledged_since(self.destination.identity, kind, since))
        if len(part) > left:
            until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
            self._tomorrow = SyncInterrupted(
                f"{self.destination.name} takes {most:,} operations of the kind {kind} in a day; "
                f"{len(part) - left:,} wait, to be resumed at {until:%F %T} UTC.",
                "Everything else was sent. Run the same command again then, or before: what is "
                "left is sent as far as it may be.",
            )
            self.result.blocked += len(part) - left
        return part[:left]

    def _traffic(self) -> tuple[int, int]:
        limiter = self.destination.limiter
        return (limiter.requests, limiter.throttled) if limiter else (0, 0)

    async def deliver(self, batch: Batch) -> list[Part]:
        """Send one batch, and again what has to leave a list under more than one id."""
        first, *more = by_id(batch)
        extra = [part for again in more for part in await self._deliver(again)]
        return [(part, with_more(outcome, extra)) for part, outcome in await self._deliver(first)]

    async def _deliver(self, batch: Batch, search: Search | None = None) -> list[Part]:
        """Send one batch; if the tool refuses it as a whole, narrow down to the bad records."""
        search = search or self.breaker.search()
        try:
            outcome = await self.destination.send(batch)
        except BatchRejected as error:
            if len(batch) == 1:
                search.refused(str(error))
                return [(batch, Outcome(dead={batch.keys()[0]: str(error)}))]
            named, parts = around(batch, error.culprits)
            again = [answer for part in parts for answer in await self._deliver(part, search)]
            return named + again
        search.passed()
        return [(batch, outcome)]

    async def settle(self, job: str, longest: float | None = None) -> Outcome:
        """Wait until the tool has done what it does in the background, or does nothing more."""
        longest = _LONGEST_STANDSTILL if longest is None else longest
        pause = _FIRST_PAUSE
        waited, progress = 0.0, -1
        tool = self.destination
        while True:
            try:
                outcome = await tool.settle(job)
            except LookupError as error:
                word = str(error) if isinstance(error, JobLost) else ""
                raise SyncInterrupted(
                    word or f"{tool.name} has forgotten a job it had accepted.",
                    "Run the same command again: what is unsettled is sent once more.",
                ) from None
            if outcome is not None:
                return outcome
            done = tool.progress(job) if isinstance(tool, ShowsProgress) else 0
            if done != progress:
                waited, progress = 0.0, done
            if waited >= longest:
                raise SyncInterrupted(
                    f"{tool.name} has not got on with a job for {waited / 60:.0f} minutes; "
                    "the run stopped.",
                    "Run the same command again later: what is unsettled is planned anew.",
                )
            await self._sleep(pause)
            waited += pause
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    async def _let_finish(self, jobs: Collection[str]) -> None:
        """Old imports should not overtake new ones. What they did is sent again in any case."""
        for job in jobs:
            with suppress(SyncInterrupted):
                await self.settle(job, _WAIT_FOR_OLD)

    def answered(self, run: Run, entry: OutboxEntry, parts: Sequence[Part]) -> None:
        """Write down the answer to a batch, and tell about it."""
        told = [(batch, outcome) for batch, outcome in parts if outcome.job is None]
        self.breaker.watch(entry.kind, told)
        recorded = [(entry.rows, outcome) for _, outcome in parts]
        if len(parts) > 1:  # in whatever order the search for the culprits went
            people = entry.rows["person_key"]
            recorded = [
                (entry.rows.take(pc.index_in(batch.rows["person_key"], people)), outcome)
                for batch, outcome in parts
            ]
        counts = self.state.record(run, entry, recorded)
        self._count(counts, [outcome for _, outcome in parts])
        self._report(Progress(entry.kind, entry.audience, entry.rows.num_rows, counts.dead))

    def settled(self, run: Run, job: str, outcome: Outcome) -> Outcome:
        """Write down how a background job ended; returns it with everybody named."""
        keys = self.state.keys_of_job(self.destination.identity, job)
        outcome = outcome.about(keys)
        try:
            self.breaker.watch(Kind.UPSERT, [(len(keys), outcome)])
        except Tripped:
            self.state.doubt(self.destination.identity, job)
            raise
        counts = self.state.settle(run.run_id, self.destination.identity, job, outcome)
        self._count(counts, [outcome])
        return outcome

    def _count(self, counts: Counts, outcomes: Iterable[Outcome]) -> None:
        self.result.acknowledged += counts.acknowledged
        self.result.dead += counts.dead
        self.result.suppressed += counts.suppressed
        self.result.blocked += counts.lost
        for outcome in outcomes:
            for reason in outcome.dead.values():
                self.result.reasons[reason] = self.result.reasons.get(reason, 0) + 1


class _Phase:
    """Everything of one kind: as many batches and background jobs at once as the tool takes."""

    def __init__(self, engine: Engine, run: Run, workspace: Workspace, kind: Kind) -> None:
        self.engine = engine
        self.run = run
        self.workspace = workspace
        self.kind = kind
        self._limits = engine.destination.capabilities
        self._sending: dict[asyncio.Task[list[Part]], OutboxEntry] = {}
        self._settling: dict[asyncio.Task[Outcome], str] = {}
        self._remote_ids: dict[str, str] = {}
        self._failed: set[str] = set()
        self._asked = 0

    async def send(self, cuts: Sequence[BatchRange]) -> None:
        """Send the batches; returns when the last one is answered and settled."""
        engine = self.engine
        source = batches.with_payload(self.workspace, self.kind, cuts, engine.list_ids)
        try:
            while True:
                # One commit for what was answered and what comes next.
                with engine.state.transaction():
                    self._collect()
                    starting = [] if self._broken() else self._start(source)
                if error := self._broken():
                    raise error
                for entry, batch in starting:
                    self._sending[asyncio.create_task(engine.deliver(batch))] = entry
                if not self._sending and not self._settling:
                    break
                await asyncio.wait(
                    [*self._sending, *self._settling], return_when=asyncio.FIRST_COMPLETED
                )
        finally:
            await self._abandon()
        engine.result.blocked += sum(cut.stop - cut.start for cut in cuts) - self._asked
        if self.kind is Kind.UPSERT:
            self._note_ids()
            batches.know_profiles(self.workspace, self._failed)

    def _start(
        self, source: Iterator[tuple[OutboxEntry, Batch]]
    ) -> list[tuple[OutboxEntry, Batch]]:
        """The next batches, in flight from now on; those that nobody is left in are dropped."""
        count = self._limits.concurrency - len(self._sending) - len(self._settling)
        starting: list[tuple[OutboxEntry, Batch]] = []
        while len(starting) < count and (item := next(source, None)):
            entry, batch = self._foreseen(*item)
            forgets = self.kind is Kind.DROP_LIST and entry.audience in self.engine.not_emptied
            if len(batch) and not forgets:
                self._asked += len(batch)
                starting.append((entry, batch))
            else:
                self.engine.state.drop(self.run, entry.number)
        self.engine.state.mark_in_flight(self.run, [entry for entry, _ in starting])
        return starting

    def _foreseen(self, entry: OutboxEntry, batch: Batch) -> tuple[OutboxEntry, Batch]:
        """With the ids that people may have once this is sent, beside those that they have."""
        destination = self.engine.destination
        if self.kind is not Kind.UPSERT or not isinstance(destination, NamesByAddress):
            return entry, batch
        coming = destination.ids_to_be(batch)
        known = zip(batch.keys(), entry.rows["remote_id"].to_pylist(), strict=True)
        ids = [
            with_id(before, coming[key]) if before and key in coming else before
            for key, before in known
        ]
        at = entry.rows.column_names.index("remote_id")
        rows = entry.rows.set_column(at, "remote_id", pa.array(ids, pa.string()))
        return replace(entry, rows=rows, is_revised=True), batch

    def _collect(self) -> None:
        """Write down every answer that is there."""
        for task in [task for task in self._sending if _is_answered(task)]:
            entry, parts = self._sending.pop(task), task.result()
            self.engine.answered(self.run, entry, parts)
            for _, outcome in parts:
                self._learn(entry.audience, outcome)
                if outcome.job is not None and self._limits.settles == "phase":
                    settling = asyncio.create_task(self.engine.settle(outcome.job))
                    self._settling[settling] = outcome.job
        for waiting in [task for task in self._settling if _is_answered(task)]:
            job, outcome = self._settling.pop(waiting), waiting.result()
            self._learn("", self.engine.settled(self.run, job, outcome))

    def _broken(self) -> BaseException | None:
        for task in (*self._sending, *self._settling):
            if task.done() and not task.cancelled() and task.exception() is not None:
                return task.exception()
        return None

    def _learn(self, audience: str, outcome: Outcome) -> None:
        """What the phases to come have to know."""
        if self.kind is Kind.UPSERT:
            self._remote_ids.update(outcome.remote_ids)
            if len(self._remote_ids) > _LEARNED:
                self._note_ids()
            self._failed.update(outcome.dead, outcome.suppressed)
        elif self.kind is Kind.CREATE_LIST and "" in outcome.remote_ids:
            self.engine.list_ids[audience] = outcome.remote_ids[""]
        elif self.kind.takes_away and outcome.dead:
            self.engine.not_emptied.add(audience)

    def _note_ids(self) -> None:
        batches.note_profiles(self.workspace, self._remote_ids)
        self._remote_ids = {}

    async def _abandon(self) -> None:
        """When a run stops, what was answered by then still counts."""
        tasks = [*self._sending, *self._settling]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._collect()


def _is_answered(task: asyncio.Task[Any]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
