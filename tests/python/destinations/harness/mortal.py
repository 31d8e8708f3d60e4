"""Being killed, in one process: from a given moment on, nothing is sent, heard or written down.

The clean-up that Python does while the death passes through cannot reach tool or state, so both
look as they do after a `kill -9`. What an operating system does for the dead, closing files and
connections, happens here as well.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from history import Crash

from segctl.destinations.rate_limit import RateLimiter
from segctl.state import State, StateStore


class Killed(BaseException):
    """Nobody may catch this."""


class Life:
    """One run's life, which may end at a given moment."""

    def __init__(
        self, crash: Crash | None = None, look: Callable[[], object] | None = None
    ) -> None:
        """`look` tells how things stand; it is called after each request and transaction."""
        self.crash = crash
        self.stood: dict[object, Crash] = {}
        """How things stood -> the first moment to die at that leaves them so."""
        self._look = look
        self.over = False
        self._counts = {"request": 0, "transaction": 0}

    def require(self) -> None:
        """The dead do nothing."""
        if self.over:
            raise Killed

    def end(self) -> None:
        self.over = True
        raise Killed

    def moments(self, at: str) -> set[str]:
        """When to die in what is done now."""
        self._counts[at] += 1
        crash = self.crash
        due = crash and crash.at == at and crash.number == self._counts[at]
        return {crash.when} if crash and due else set()

    def passed(self, at: Literal["request", "transaction"]) -> None:
        """A request was answered, or a transaction committed."""
        if self._look is not None:
            self.stood.setdefault(self._look(), Crash(at, self._counts[at], "after"))

    def lives_through(self, limiter: RateLimiter) -> None:
        """Make this life's requests pass through here."""
        call = limiter.call

        async def mortal_call(
            request: Callable[[], Awaitable[Any]], limit: str = "", *, repeat: bool = True
        ) -> Any:
            async def once() -> Any:
                self.require()
                moments = self.moments("request")
                if "before" in moments:
                    self.end()
                try:
                    return await request()
                finally:
                    self.require()
                    self.passed("request")
                    if moments:  # whatever the answer was
                        self.end()

            return await call(once, limit, repeat=repeat)

        limiter.call = mortal_call  # type: ignore[method-assign]


@dataclass(frozen=True)
class MortalStore:
    """A state that a life's transactions pass through."""

    store: StateStore
    life: Life

    @property
    def directory(self) -> Path:
        return self.store.directory

    @property
    def tombstones(self) -> Any:
        return self.store.tombstones

    def lock(self, destination: str) -> Any:
        return self.store.lock(destination)

    def read(self) -> State:
        self.life.require()
        return self.store.read()

    def open(self) -> State:
        self.life.require()
        state = self.store.open()
        transaction = state.transaction

        @contextmanager
        def mortal_transaction() -> Iterator[Any]:
            if state._db is not None:
                with transaction() as db:
                    yield db
                return
            self.life.require()
            moments = self.life.moments("transaction")
            if "before" in moments:
                self.life.end()
            with transaction() as db:
                yield db
                if "within" in moments:
                    self.life.end()
            self.life.passed("transaction")
            if "after" in moments:
                self.life.end()

        state.transaction = mortal_transaction  # type: ignore[method-assign]
        return state
