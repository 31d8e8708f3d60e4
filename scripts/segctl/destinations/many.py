"""Many requests: in pieces, page by page, side by side, until it is there."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Sequence,
)
from typing import Any, TypeVar

from segctl.destinations.rate_limit import ATTEMPTS, Unavailable
from segctl.errors import DestinationError, SyncInterrupted
from segctl.protocol import Outcome

T = TypeVar("T")
R = TypeVar("R")


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Stretches of at most `size` items."""
    return (items[start : start + size] for start in range(0, len(items), size))


def require_progress(tool: str, cursor: Any, following: Any) -> None:
    """A cursor that does not move would be followed for ever."""
    if cursor == following:
        raise DestinationError(
            f"{tool} tells the same page of a list again and again.",
            "Run the same command again later: nothing is lost and nothing is sent twice.",
        )


async def by_offset(
    tool: str, read: Callable[[int], Awaitable[tuple[list[T], int]]]
) -> AsyncIterator[list[T]]:
    """A collection that is read by offset; `read` returns a page and how many there are in all.

    When items are taken out meanwhile, those behind them move forward and would be passed over: so
    the next page begins as many items earlier. Some are then told twice.
    """
    offset, before = 0, 0
    while True:
        page, total = await read(offset)
        if page:
            yield page
        following = max(0, offset + len(page) - max(0, before - total))
        if following >= total:
            return
        if not page:  # although there are more: whoever is not read would count as away
            require_progress(tool, offset, following)
        offset, before = following, total


async def for_each(items: Iterable[T], work: Callable[[T], Coroutine[Any, Any, R]]) -> list[R]:
    """Work on all items as fast as the limiter lets them. The first failure ends all."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work(item)) for item in items]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def find_or_make(
    what: str, find: Callable[[], Awaitable[T | None]], make: Callable[[], Awaitable[T]]
) -> T:
    """For what a repeated request would make twice: look, make it if it is missing, and look again
    when the answer was lost. `make` asks with `repeat` off, so that Unavailable arrives here; it
    may raise that itself when the tool says that somebody else was quicker.
    """
    for _ in range(ATTEMPTS):
        found = await find()
        if found is not None:
            return found
        try:
            return await make()
        except Unavailable:
            continue
    raise SyncInterrupted(
        f"{what} could not be made: {ATTEMPTS} requests in a row got no answer.",
        "Run the same command again later: nothing is lost and nothing is sent twice.",
    )


def merged(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcomes of parts of a batch as one."""
    parts = list(outcomes)
    return Outcome(
        dead={key: reason for part in parts for key, reason in part.dead.items()},
        suppressed={key: reason for part in parts for key, reason in part.suppressed.items()},
        lost=frozenset().union(*(part.lost for part in parts)),
        remote_ids={key: found for part in parts for key, found in part.remote_ids.items()},
    )
