"""What tests of all tools need: destinations in a hurry, and a look at what errors tell."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from batches import create_list, upsert

from segctl.destinations.rate_limit import RateLimiter
from segctl.errors import SegctlError
from segctl.protocol import Batch, BatchRejected, Outcome

_SPEED = 200

D = TypeVar("D")
T = TypeVar("T")


def connected(make: Callable[..., D], settings_type: Any, fake: Any, **settings: Any) -> D:
    """A destination for a fake tool."""
    key = fake.key
    made = make("shop", settings_type(**(fake.settings() | settings)), lambda reference: key)
    hurry(made.limiter)  # type: ignore[attr-defined]
    return made


def hurry(limiter: RateLimiter, speed: float = _SPEED) -> None:
    """Let the line's time run faster, so that waits of seconds take milliseconds."""

    async def nap(seconds: float) -> None:
        await asyncio.sleep(seconds / speed)

    limiter._sleep = nap
    limiter._clock = lambda: time.monotonic() * speed


def run(tool: D, work: Callable[[D], Awaitable[T]]) -> T:
    """Do something with a destination in a loop of its own, and close it."""

    async def whole() -> T:
        try:
            return await work(tool)
        finally:
            await tool.close()  # type: ignore[attr-defined]

    return asyncio.run(whole())


def send(tool: Any, batch: Batch) -> Outcome:
    """What the tool says to a batch."""
    return run(tool, lambda t: t.send(batch))


def make_list(tool: Any, title: str = "Lapsed") -> str:
    """What the tool calls the list of the audience `lapsed`."""
    return send(tool, create_list("lapsed", title)).remote_ids[""]


def known(tool: Any, *keys: str) -> dict[str, str]:
    """People whom the tool has: person key -> what it calls the person."""
    return dict(send(tool, upsert({key: {} for key in keys})).remote_ids)


def failure(tool: D, work: Callable[[D], Awaitable[Any]]) -> str:
    """What a call complains about; see `told_by` for what must not be in it."""
    with pytest.raises((SegctlError, BatchRejected)) as caught:
        run(tool, work)
    return told_by(caught.value, "0123456789abcdef")


def told_by(error: BaseException, *secrets: str) -> str:
    """What an error tells; fails if an address, a secret or a client library is in it."""
    text = f"{error} {getattr(error, 'hint', '')}"
    everything = "".join(traceback.format_exception_only(error)) + text
    link = _behind(error)
    while link is not None:
        assert type(link).__module__.startswith("segctl."), f"chained to {type(link)}"
        everything += str(link)
        link = _behind(link)
    assert "@" not in everything
    for secret in secrets:
        assert secret not in everything
    return text


def _behind(error: BaseException) -> BaseException | None:
    """The exception that a traceback would show with this one."""
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)
