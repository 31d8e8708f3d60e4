"""Carries a plan out: batches, limits, retries, bisecting, and a state that survives any crash.

The order never changes: an operation is durable in the outbox, then marked as in flight, then sent,
then answered, and only the answer changes the ledger. Whatever a crash leaves in flight counts as
"perhaps there" for the next plan, which sends it again; calls are set-like, so again is harmless.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeVar

from segctl import plan as planning
from segctl.destinations.base import (
    Batch,
    BatchRejected,
    Capabilities,
    Destination,
    Kind,
    Outcome,
    Throttled,
    Unavailable,
)
from segctl.errors import SyncInterrupted
from segctl.state import State
from segctl.workspace import Workspace

ATTEMPTS = 6
LONGEST_WAIT = 300.0
"""Seconds. A tool that asks for more gets its wish by the next run."""


@dataclass(frozen=True)
class Progress:
    """One batch that was answered."""

    kind: Kind
    audience: str
    rows: int
    dead: int


T = TypeVar("T")
Reporter = Callable[[Progress], None]


@dataclass
class RunResult:
    """What a run did."""

    run_id: int | None = None
    operations: int = 0
    acknowledged: int = 0
    dead: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    """Reason for rejecting a record -> how often."""


class RateLimit:
    """One gate for all workers: so many requests per second, a few at once after a pause."""

    def __init__(self, limits: Capabilities, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = limits.requests_per_second
        self._burst = limits.burst
        self._clock = clock
        self._tokens = float(limits.burst)
        self._updated = clock()
        self._closed_until = 0.0
        self._lock = threading.Lock()

    def delay(self) -> float:
        """Take a turn; returns how long to wait for it."""
        with self._lock:
            now = self._clock()
            pause = max(0.0, self._closed_until - now)
            if self._rate is None:
                return pause
            self._tokens = min(self._burst, self._tokens + (now - self._updated) * self._rate)
            self._updated = now
            self._tokens -= 1
            return max(pause, -self._tokens / self._rate)

    def close_for(self, seconds: float) -> None:
        """The tool asked everybody to wait."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock() + seconds)


class Engine:
    """Sends the operations of a workspace to a destination."""

    def __init__(
        self,
        state: State,
        destination: Destination,
        report: Reporter = lambda progress: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.state = state
        self.destination = destination
        self.result = RunResult()
        self._report = report
        self._sleep = sleep
        self._limits = destination.capabilities
        self._gate = RateLimit(self._limits)

    def resume(self) -> None:
        """Ask after jobs that an earlier run left behind; the rest of its work is planned anew."""
        identity = self.destination.identity
        run_id = self.state.latest_run(identity)
        for job in self.state.unsettled_jobs(identity):
            try:
                outcome = self._settle(job)
            except LookupError:
                continue  # stays in doubt, so it is sent again
            self.state.record(run_id, identity, outcome.dead, job=job)

    def run(
        self,
        plan: planning.Plan,
        workspace: Workspace,
        lost: Collection[str] = (),
        allowed: Collection[str] = (),
    ) -> RunResult:
        """Carry the plan out to the end, or leave what is left to the next run."""
        identity = self.destination.identity
        run_id = self.state.begin_run(
            identity,
            plan.summary(),
            allowed,
            lost,
            workspace.adopted(),
            planning.outbox_rows(workspace),
        )
        self.result = RunResult(run_id, operations=plan.operations)
        status = "interrupted"
        try:
            self.destination.open(workspace.directory, workspace.profile_schema())
            self._send_everything(workspace)
            status = "finished"
        finally:
            self.destination.close()
            self.state.finish_run(run_id, identity, status)
        return self.result

    def _send_everything(self, workspace: Workspace) -> None:
        with ThreadPoolExecutor(self._limits.concurrency, "segctl-send") as pool:
            for kind, audiences in planning.phases(workspace):
                for audience in audiences:
                    size = self._limits.batch_size
                    self._send_all(pool, planning.batches(workspace, kind, audience, size))
                if self._limits.settles == "phase":
                    self._settle_jobs()
        self._settle_jobs()

    def _send_all(self, pool: ThreadPoolExecutor, batches: Iterator[Batch]) -> None:
        """Keep as many requests going as the tool allows. Only this thread touches the state."""
        going: dict[Future[list[tuple[Batch, Outcome]]], Batch] = {}
        try:
            for batch in batches:
                if len(going) >= self._limits.concurrency:
                    self._collect(going)
                self.state.mark_in_flight(self.destination.identity, batch.first, batch.last)
                going[pool.submit(self._deliver, batch)] = batch
            while going:
                self._collect(going)
        finally:
            for future in going:
                future.cancel()

    def _collect(self, going: dict[Future[list[tuple[Batch, Outcome]]], Batch]) -> None:
        done, _ = wait(going, return_when=FIRST_COMPLETED)
        for future in done:
            del going[future]
            for batch, outcome in future.result():
                self._record(batch, outcome)

    def _record(self, batch: Batch, outcome: Outcome) -> None:
        identity, seqs = self.destination.identity, (batch.first, batch.last)
        if outcome.job is not None:
            self.state.mark_accepted(identity, *seqs, outcome.job)
            self._report(Progress(batch.kind, batch.audience, len(batch), 0))
            return
        run_id = self.result.run_id or 0
        acknowledged, dead = self.state.record(run_id, identity, outcome.dead, seqs=seqs)
        self._count(acknowledged, dead, outcome)
        self._report(Progress(batch.kind, batch.audience, len(batch), dead))

    def _settle_jobs(self) -> None:
        identity = self.destination.identity
        for job in self.state.unsettled_jobs(identity):
            try:
                outcome = self._settle(job)
            except LookupError as error:
                raise SyncInterrupted(
                    f"{self.destination.name} has forgotten a job it had accepted.",
                    "Run the same command again: what is unsettled is sent once more.",
                ) from error
            acknowledged, dead = self.state.record(
                self.result.run_id or 0, identity, outcome.dead, job=job
            )
            self._count(acknowledged, dead, outcome)

    def _settle(self, job: str) -> Outcome:
        pause = 0.5
        while True:
            outcome = self._patiently(lambda: self.destination.settle(job))
            if outcome is not None:
                return outcome
            self._sleep_if(pause)
            pause = min(pause * 1.5, 30.0)

    def _count(self, acknowledged: int, dead: int, outcome: Outcome) -> None:
        self.result.acknowledged += acknowledged
        self.result.dead += dead
        for reason in outcome.dead.values():
            self.result.reasons[reason] = self.result.reasons.get(reason, 0) + 1

    def _deliver(self, batch: Batch) -> list[tuple[Batch, Outcome]]:
        """Send one batch; if the tool refuses it as a whole, narrow down to the bad records."""
        try:
            return [(batch, self._patiently(lambda: self.destination.send(batch)))]
        except BatchRejected as error:
            if len(batch) == 1:
                key = batch.rows["person_key"][0].as_py()
                return [(batch, Outcome(dead={key: str(error)}))]
            first, second = batch.halves()
            return self._deliver(first) + self._deliver(second)

    def _patiently(self, call: Callable[[], T]) -> T:
        """Make a request within the limits, waiting out throttling and passing failures."""
        failures = 0
        while True:
            self._sleep_if(self._gate.delay())
            try:
                return call()
            except Throttled as throttled:
                if throttled.seconds > LONGEST_WAIT:
                    raise _stop(f"asks to wait {throttled.seconds:,.0f} s") from throttled
                self._gate.close_for(throttled.seconds)
            except Unavailable as error:
                failures += 1
                if failures >= ATTEMPTS:
                    raise _stop(f"did not answer {failures} times in a row") from error
                # Spread out, so that workers do not come back all at once.
                self._sleep_if(min(60.0, 2.0**failures) * random.uniform(0.5, 1.0))  # noqa: S311

    def _sleep_if(self, seconds: float) -> None:
        if seconds > 0:
            self._sleep(seconds)


def _stop(what: str) -> SyncInterrupted:
    return SyncInterrupted(
        f"The destination {what}; the run stopped.",
        "Run the same command again later: nothing is lost and nothing is sent twice.",
    )
