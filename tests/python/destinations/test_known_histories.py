"""Histories that went wrong once, killed at each of their moments in turn."""

from __future__ import annotations

from collections import Counter
from itertools import count
from pathlib import Path

import pytest
from fakes import TOOLS
from history import Consents, Crash, Enters, History, Leaves, Moves, Revokes, Step
from player import Player
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
MOMENTS = (("request", "after"), ("transaction", "after"))


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", KNOWN)
def test_whenever_it_is_killed(tool: str, name: str, tmp_path: Path) -> None:
    first, second = KNOWN[name]
    for at, when in MOMENTS:
        for number in count(1):
            crash = Crash(at, number, when)  # type: ignore[arg-type]
            history = History(50, 1, (_OPENING, Step(first, crash=crash), Step(second)))
            seen: Counter[str] = Counter()
            directory = tmp_path / f"{at}-{when}-{number}"
            directory.mkdir()
            with running(tool, directory) as rig:
                try:
                    Player(rig, directory, history, seen).play()
                except AssertionError as error:
                    error.add_note(f"killed {when} {at} {number}")
                    raise
            if not seen["crashes"]:
                break
