"""Histories that went wrong once, killed at each of their moments in turn."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import Any

import pytest
from fakes import TOOLS
from history import Consents, Crash, Enters, History, Leaves, Moves, Revokes, Step
from player import Player, scratch
from rig import running

_OPENING = Step(
    (
        Consents("ada", "m0@example.com"),
        Consents("bob", "m1@example.com"),
        Consents("cy", "m2@example.com"),
        *(Enters(key, "vip", False) for key in ("ada", "bob", "cy")),
    )
)
KNOWN = {
    "have another address, and one leaves": (
        (Moves("ada", "m5@example.com"), Moves("bob", "m6@example.com")),
        (Leaves("ada", "vip", False), Revokes("bob")),
    ),
    "two swap addresses, and one leaves": (
        (Moves("ada", "m1@example.com"),),
        (Leaves("ada", "vip", False),),
    ),
    "one takes the address of another, and leaves": (
        (Consents("ada", "m1@example.com"), Moves("cy", "m5@example.com")),
        (Leaves("ada", "vip", False), Moves("cy", "m2@example.com")),
    ),
}
"""What happens -> changes of the run that is killed, and of the next one."""


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", KNOWN)
def test_whenever_it_is_killed(tool: str, name: str) -> None:
    first, second = KNOWN[name]
    moments = _moments(tool, name)
    crashes = 0
    for crash in moments:
        history = History(50, 1, (_OPENING, Step(first, crash=crash), Step(second)))
        seen: Counter[str] = Counter()
        with scratch() as directory, running(tool, directory) as rig:
            try:
                Player(rig, directory, history, seen).play()
            except AssertionError as error:
                error.add_note(f"killed at {crash}")
                raise
        crashes += seen["crashes"]
    assert crashes == len(moments) > 5


def _moments(tool: str, name: str) -> list[Crash]:
    """Each moment to die at that leaves tool and state otherwise than the one before: between two
    requests that only read, it does not matter when."""
    with scratch() as directory, running(tool, directory) as rig:
        player = Player(rig, directory, History(50, 1, (_OPENING, Step(KNOWN[name][0]))), Counter())

        def look() -> object:
            state = sorted(rig.store.directory.glob("state.db*"))
            written = sha256(
                b"".join(f.read_bytes() for f in state if f.suffix in (".db", ".db-wal"))
            )
            fake: Any = rig.fake
            return written.digest(), len(fake.writes()), sum(fake.effects.values())

        player.look = look
        player.play()
        return list(player.lives[1].stood.values())
