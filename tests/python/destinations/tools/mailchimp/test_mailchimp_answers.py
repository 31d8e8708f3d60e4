"""Addresses that change hands at Mailchimp, members who were put away, and a blocked network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.server import Answer
from rig import Person, Rig, Shop, people, running, silent
from tools import hurry

from segctl.errors import SyncInterrupted

KEYS = [f"c{number}" for number in range(1, 10)]
SHOP = Shop({key: Person(f"p{key[1:]}@example.com") for key in KEYS}, {"vip": KEYS})


@pytest.fixture
def rig(tmp_path: Path) -> Any:
    with running("mailchimp", tmp_path) as found:
        yield found


@pytest.mark.parametrize("batch", [500, 3, 1])
@pytest.mark.parametrize("links", [2, 9])
def test_an_address_goes_from_hand_to_hand(rig: Rig, batch: int, links: int) -> None:
    """The last one takes a new address, and each of the others that of the next."""
    settings = rig.settings(new_status="subscribed", limits={"batch_size": batch})
    rig.apply(SHOP, settings)
    chain = KEYS[-links:]
    emails = [SHOP.people[key].email for key in chain]
    moved = dict(zip(chain, [*emails[1:], "fresh@example.com"], strict=True))
    later = Shop(
        {key: Person(moved.get(key, person.email)) for key, person in SHOP.people.items()},
        SHOP.audiences,
    )
    for _ in range(9):
        _, result = rig.sync(later, settings).apply(silent)
        if result.run_id is None:
            break
    rig.holds(later)
    assert set(rig.fake.statuses().values()) == {"subscribed"}
    if batch == 500:
        assert len(rig.fake.statuses()) == 9, "nobody was made twice, nobody left behind"


def test_whoever_was_put_away_counts_as_having_said_no(rig: Rig) -> None:
    rig.fake.archive("ada@example.com")
    shop = Shop(people("ada", "bob"), {"vip": ["ada", "bob"]})
    result = rig.apply(shop)
    assert result.dead == 0
    rig.holds(shop, without=["ada"])
    assert rig.fake.statuses()["ada@example.com"] == "archived"


def test_a_network_that_is_blocked_is_said_early(rig: Rig) -> None:
    said: list[str] = []
    rig.fake.faults.instead = lambda request: Answer(
        403, b"<html>blocked by your administrator</html>", content_type="text/html"
    )
    sync = rig.sync(SHOP)
    sync = replace(sync, say=said.append)
    hurry(sync.destination.limiter, 100_000)  # type: ignore[attr-defined]
    with pytest.raises(SyncInterrupted, match="HTTP 403"):
        sync.apply(silent)
    waited = [text for text in said if "HTTP 403" in text]
    assert len(waited) == 1 and "for a minute" in waited[0]
