"""Addresses that change hands, and records that people merge at a tool."""

from __future__ import annotations

import pytest
from rig import Person, Rig, Shop

from segctl.sync.guards import GUARDS

KEYS = [f"c{number}" for number in range(1, 10)]
SHOP = Shop({key: Person(f"p{key[1:]}@example.com") for key in KEYS}, {"vip": KEYS[:5]})


@pytest.mark.parametrize("batch", [500, 3, 1])
@pytest.mark.parametrize("way", ["down", "up", "round"])
def test_addresses_go_from_hand_to_hand(rig: Rig, batch: int, way: str) -> None:
    """Each takes the address of the next, across batches that are sent at once: the last one a new
    address, or (round) the first one's."""
    chain = list(reversed(KEYS)) if way == "up" else KEYS
    emails = [SHOP.people[key].email for key in chain]
    last = emails[0] if way == "round" else "fresh@example.com"
    moved = dict(zip(chain, [*emails[1:], last], strict=True))
    later = Shop({key: Person(moved[key]) for key in KEYS}, SHOP.audiences)
    settings = rig.settings(limits={"batch_size": batch, "concurrency": 3})
    rig.apply(SHOP, settings)
    for _ in range(len(KEYS)):
        result = rig.apply(later, settings)
        assert result.dead == 0
        if result.run_id is None:
            break
    assert result.run_id is None, "no rest"
    rig.holds(later)
    assert len(rig.fake.snapshot()["Vip"]) == 5
    gone = Shop(later.people, {"vip": KEYS[4:5]})
    rig.apply(gone, settings, allowed=list(GUARDS))
    rig.holds(gone)
