"""Memberships of people who are another record at the tool by now, after their address changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

from segctl.destinations.http import for_each, merged
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
