"""The limits of one account, kept by all workers together, and patience with failures.

Limits are counted per request over sliding windows, so that no window of the tool's, wherever it
begins, ever sees more than it allows. Being throttled costs no attempt; a request that is not
answered is repeated, because every call of ours may be.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from segctl.errors import SyncInterrupted

ATTEMPTS = 6
THROTTLED_IN_A_ROW = 30
LONGEST_WAIT = 300.0
"""Seconds. A tool that asks for more gets its wish by the next run."""
LONGEST_PAUSE = 86_400.0
"""Seconds after which a tool is asked again, whatever it asked for."""
_SILENCE = 60.0
"""Seconds of waiting after which it is worth a word."""
_MARGIN = 1.03
"""Requests do not all travel equally fast; windows are kept a little longer than the tool's own."""
_SHORT = 10.0
"""Seconds up to which a window is a short one."""

T = TypeVar("T")


class Throttled(Exception):
    """The tool asks to wait; None: it does not say how long. `why` is how it said so."""

    def __init__(self, seconds: float | None, why: str = "") -> None:
        super().__init__("throttled")
        self.seconds = seconds
        self.why = why


class Unavailable(Exception):
    """No answer, or one that says nothing about the records (time-out, 5xx, half an answer)."""


@dataclass(frozen=True)
class Rate:
    """At most so many requests within so many seconds."""

    requests: int
    seconds: float


class _Window:
    """Tells when the next request may leave under one rate.

    Within short windows requests are spaced evenly: a burst would arrive more scattered than it
    left, and the next one would touch it. Within long ones they may come at once.
    """

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._seconds = rate.seconds * _MARGIN
        self._requests = rate.requests
        if rate.seconds <= _SHORT:
            self._seconds, self._requests = self._seconds / rate.requests, 1
        self._turns: deque[float] = deque(maxlen=self._requests)

    def earliest(self, now: float) -> float:
        full = len(self._turns) == self._requests
        return max(now, self._turns[0] + self._seconds) if full else now

    def take(self, moment: float) -> None:
        self._turns.append(moment)


class RateLimiter:
    """One gate for all workers of one account."""

    def __init__(
        self,
        name: str,
        rates: Mapping[str, Sequence[Rate]] | None = None,
        *,
        concurrency: int = 8,
        daily: int | None = None,
        used_today: int = 0,
        attempts: int = ATTEMPTS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.requests = 0
        self.throttled = 0
        self._windows = {
            limit: [_Window(rate) for rate in kept] for limit, kept in (rates or {}).items()
        }
        self._concurrency = concurrency
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._daily = daily
        self._used_today = used_today
        self._attempts = attempts
        self._sleep = sleep
        self._clock = clock
        self._closed_until = 0.0
        self._throttled_in_a_row = 0
        self._asked_to_wait = 0.0
        self.say: Callable[[str], None] = lambda message: None
        """Tells of long waits."""

    async def call(
        self, request: Callable[[], Awaitable[T]], limit: str = "", *, repeat: bool = True
    ) -> T:
        """Make a request within the limits, waiting out throttling and passing failures.

        `limit` names the rates that it counts towards, beside those named '' that all count
        towards. With `repeat` off, Unavailable reaches the caller, who has to find out what became
        of the request.
        """
        failures = 0
        while True:
            async with self._places():
                await self._turn(limit)
                try:
                    result = await request()
                except Throttled as throttled:
                    self._close(throttled.seconds, throttled.why)
                    continue
                except Unavailable as error:
                    failures += 1
                    if not repeat:
                        raise
                    if failures >= self._attempts:
                        why = f" ({error})" if str(error) else ""
                        what = f"did not answer {failures} times in a row{why}"
                        raise self._stop(what) from error
                else:
                    self._throttled_in_a_row, self._asked_to_wait = 0, 0.0
                    return result
            # Spread out, so that workers do not come back all at once.
            await self._sleep(min(60.0, 2.0**failures / 2) * random.uniform(0.5, 1.0))  # noqa: S311

    def share(self, other: RateLimiter) -> None:
        """Keep the limits of one account together with another limiter of it. Windows that only one
        of them has stay its own."""
        for limit, windows in other._windows.items():
            mine = self._windows.get(limit, [])
            alike = {window.rate: window for window in windows}
            self._windows[limit] = [alike.get(window.rate, window) for window in mine]

    def _places(self) -> asyncio.Semaphore:
        """For so many requests at once. Semaphores serve one event loop, a limiter all of a run."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._free = loop, asyncio.Semaphore(self._concurrency)
            self._queues = defaultdict(asyncio.Lock)
        return self._free

    async def _turn(self, limit: str) -> None:
        """Wait for the next moment at which every rate allows a request, and take it."""
        if self._daily is not None and self._used_today + self.requests >= self._daily:
            midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            raise self._pause_until(midnight + timedelta(days=1), "the daily budget is used up")
        self.requests += 1
        windows = [window for kept in {"", limit} for window in self._windows.get(kept, [])]
        # One after the other, and counted from when a request really leaves: who wakes up late must
        # not come too close to the next.
        async with self._queues[limit]:
            while (wait := self._wait(windows)) > 0:
                await self._sleep(wait)
            for window in windows:
                window.take(self._clock())

    def _wait(self, windows: Sequence[_Window]) -> float:
        now = self._clock()
        return max([self._closed_until, *(window.earliest(now) for window in windows)]) - now

    def _close(self, seconds: float | None, why: str) -> None:
        """The tool asked everybody to wait."""
        self.throttled += 1
        self._throttled_in_a_row += 1
        if seconds is None or math.isnan(seconds):
            seconds = min(60.0, 2.0 ** min(self._throttled_in_a_row, 6) / 2)
        if seconds > LONGEST_WAIT:
            # No tool means a century: whoever says so is asked again within a day.
            until = datetime.now(UTC) + timedelta(seconds=min(seconds, LONGEST_PAUSE))
            raise self._pause_until(until, f"asks to wait {_seconds(seconds)}")
        said = f" ({why})" if why else ""
        if self._throttled_in_a_row > THROTTLED_IN_A_ROW:
            raise self._stop(f"turned requests away {THROTTLED_IN_A_ROW} times in a row{said}")
        self._closed_until = max(self._closed_until, self._clock() + seconds)
        self._tell_of_waiting(seconds, said)

    def _tell_of_waiting(self, seconds: float, said: str) -> None:
        """Once, when there was nothing but waiting for a minute."""
        before, self._asked_to_wait = self._asked_to_wait, self._asked_to_wait + seconds
        if before < _SILENCE <= self._asked_to_wait:
            self.say(f"{self.name} has turned every request away for a minute{said}; waiting ...")

    def _pause_until(self, until: datetime, why: str) -> SyncInterrupted:
        until = until.replace(microsecond=0)
        return SyncInterrupted(
            f"{self.name}: {why}; the run stopped, to be resumed at {until:%F %T} UTC.",
            "Run the same command again then: nothing is lost and nothing is sent twice.",
            resume_at=until,
        )

    def _stop(self, what: str) -> SyncInterrupted:
        return SyncInterrupted(
            f"{self.name} {what}; the run stopped.",
            "Run the same command again later: nothing is lost and nothing is sent twice.",
        )


def _seconds(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < 1e9 else "for ever"
