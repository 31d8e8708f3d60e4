"""Addresses that change hands: records that move to another one, and become somebody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from segctl.destinations.many import for_each, merged
from segctl.protocol import Outcome

Row = Mapping[str, Any]

Records = Mapping[str, tuple[str | None, str]]
"""Person key -> the record that has to leave the list, if any, and the one that has to be in it."""


async def move_while_some_can(
    rows: Sequence[Row], move: Callable[[Row], Coroutine[Any, Any, Outcome | None]]
) -> Outcome:
    """Give people their new addresses. `move` returns None when another record has the address:
    it may be free once that one has moved on, so the others are tried again while any succeed."""
    outcomes: list[Outcome] = []
    while rows:
        answers = await for_each(rows, move)
        done = [outcome for outcome in answers if outcome]
        outcomes += done
        rows = [row for row, outcome in zip(rows, answers, strict=True) if outcome is None]
        if not done:
            break
    return merged(outcomes)


class Hands:
    """Keeps a record from being given to two people.

    Somebody's record moves to a new address; or, where that is another record's, that one is taken
    over. Its former owner must not move it on: in a later batch because it is not theirs any more,
    and in a batch at the same time because many may move at once, or many take, but never both.
    """

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}
        self.rest()

    def is_theirs(self, record: str, key: str) -> bool:
        """Whether nobody else has taken a record over that was this person's."""
        return self._taken.get(record, key) == key

    def takes(self, record: str, key: str) -> None:
        """From now on a record is this person's."""
        self._taken[record] = key

    def rest(self) -> None:
        """Nobody is inside any more; another event loop may come."""
        self._inside = {"move": 0, "take": 0}
        self._left = asyncio.Condition()

    @asynccontextmanager
    async def moving(self) -> AsyncIterator[None]:
        """While records move."""
        async with self._room("move", "take"):
            yield

    @asynccontextmanager
    async def taking(self) -> AsyncIterator[None]:
        """While records are made, or taken over, by address."""
        async with self._room("take", "move"):
            yield

    @asynccontextmanager
    async def _room(self, room: str, other: str) -> AsyncIterator[None]:
        async with self._left:
            await self._left.wait_for(lambda: not self._inside[other])
            self._inside[room] += 1
        try:
            yield
        finally:
            self._inside[room] -= 1
            async with self._left:
                self._left.notify_all()


class Moves:
    """Lets new records join and old ones leave.

    What is one person's old record may be another's new one, perhaps in a batch that is sent at the
    same time. So batches move one after the other, and what has arrived stays.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._arrived: set[tuple[str, str]] = set()

    async def move(
        self,
        list_id: str,
        records: Records,
        join: Callable[[], Awaitable[Outcome]],
        leave: Callable[[Mapping[str, str]], Awaitable[Outcome]],
    ) -> Outcome:
        """`join` puts the new records into the list, `leave` takes records out by person key."""
        if not records:
            return Outcome()
        async with self._turn:
            joined = await join()
            absent = {*joined.dead, *joined.suppressed, *joined.lost}
            self._arrived.update(
                (list_id, new) for key, (_, new) in records.items() if key not in absent
            )
            leaving = {
                key: old
                for key, (old, _) in records.items()
                if old is not None and (list_id, old) not in self._arrived
            }
            return merged([joined, await leave(leaving)])
