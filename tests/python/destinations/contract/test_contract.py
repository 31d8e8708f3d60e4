"""One story for every tool: what a sync promises, seen from inside the fake tool."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rig import ABC, Event, Person, Rig, Shop, people, title

from segctl.errors import DestinationError, PlanMoved, StoppedByGuard
from segctl.people.erasure import erase_people, lift_tombstones
from segctl.state import StateFile
from segctl.sync.status import read_status
from segctl.sync.verify import verify


def test_lists_and_attributes_follow_the_warehouse(rig: Rig) -> None:
    rig.apply(ABC)
    rig.holds(ABC)
    later = Shop(
        people("ada", orders=2) | people("cy", "dora"),  # bob has revoked
        {"vip": ["dora", "ada"], "win_back": []},
    )
    result = rig.apply(later)
    rig.holds(later)
    assert result.dead == 0 and rig.fake.violations == []


def test_no_change_sends_no_write(rig: Rig) -> None:
    rig.apply(ABC)
    before = len(rig.fake.writes())
    result = rig.apply(ABC)
    assert result.run_id is None
    assert len(rig.fake.writes()) == before


def test_a_value_that_changes_back_is_sent_again(rig: Rig) -> None:
    for orders in (1, 2, 1):
        shop = Shop(people("ada", orders=orders), {"vip": ["ada"]})
        rig.apply(shop)
        rig.holds(shop)


def test_who_comes_back_is_added_again(rig: Rig) -> None:
    for members in (["ada"], [], ["ada"]):
        shop = Shop(people("ada", "bob"), {"vip": members, "win_back": ["bob"]})
        rig.apply(shop)
        rig.holds(shop)


def test_attributes_of_every_type_and_missing_ones(rig: Rig) -> None:
    first = Shop(
        {"ada": Person("ada@example.com", 'Ada "the first", Ünïcode', 7)}
        | {"bob": Person("bob@example.com", None, None, None)},
        {"vip": ["ada", "bob"]},
    )
    rig.apply(first)
    rig.holds(first)
    # What was known and is not any more does not stay there.
    second = Shop({"ada": Person("ada@example.com", None, None, None)}, {"vip": ["ada"]})
    rig.apply(second)
    rig.holds(second)


def test_nobody_is_subscribed_or_unsubscribed(reading_rig: Rig) -> None:
    fake = reading_rig.fake
    fake.plant("Newsletter", "ada@example.com")
    fake.suppress("zoe@example.com")
    before = fake.statuses()
    reading_rig.apply(ABC)
    reading_rig.apply(Shop(people("bob"), {"vip": [], "win_back": []}))
    after = fake.statuses()
    assert {email: after[email] for email in before} == before
    assert "ada@example.com" in fake.snapshot()["Newsletter"]


def test_strangers_are_left_alone(reading_rig: Rig) -> None:
    reading_rig.fake.plant("Vip", "stranger@example.org")
    reading_rig.apply(ABC)
    reading_rig.apply(Shop(people("ada"), {"vip": ["ada"], "win_back": []}))
    found = reading_rig.fake.snapshot()["Vip"]
    assert found == {"stranger@example.org", "ada@example.com"}


def test_an_exclusive_list_holds_nobody_else(reading_rig: Rig) -> None:
    reading_rig.fake.plant("Vip", "stranger@example.org")
    reading_rig.apply(ABC, reading_rig.settings(exclusive=True))
    reading_rig.holds(ABC)


def test_who_said_no_to_the_tool_is_not_sent(reading_rig: Rig) -> None:
    reading_rig.fake.suppress("bob@example.com")
    status = reading_rig.fake.statuses()["bob@example.com"]
    plan = reading_rig.sync(ABC).plan()
    assert sum(change.suppressed for change in plan.lists) == 2
    reading_rig.apply(ABC)
    reading_rig.holds(ABC, without=["bob"])
    assert reading_rig.fake.statuses()["bob@example.com"] == status
    before = len(reading_rig.fake.writes())
    reading_rig.apply(ABC)
    assert len(reading_rig.fake.writes()) == before


@pytest.mark.parametrize("kind", ["invalid", "poison"])
def test_one_bad_record_costs_one_record(rig: Rig, kind: str) -> None:
    shop = Shop(
        people(*(f"p{number}" for number in range(9))),
        {"vip": [f"p{number}" for number in range(9)]},
    )
    getattr(rig.fake, kind).add("p4@example.com")
    result = rig.apply(shop)
    # Whom a tool does not take as a profile is in no list; some refuse only the membership.
    assert result.dead == 1 and result.blocked <= 1
    rig.holds(shop, without=["p4"])
    (reason,) = result.reasons
    assert "p4@example.com" not in reason
    before = len(rig.fake.writes())
    rig.apply(shop)  # it is held until its row changes
    assert len(rig.fake.writes()) == before
    getattr(rig.fake, kind).clear()
    changed = Shop({**shop.people, **people("p4", orders=9)}, shop.audiences)
    rig.apply(changed)
    rig.holds(changed)
    assert read_status(rig.store)["dead_letters"] == []


def test_another_address_of_the_same_person(rig: Rig) -> None:
    rig.apply(ABC)
    moved = Shop({**ABC.people, "ada": Person("ada@new.example.com")}, ABC.audiences)
    rig.apply(moved)
    rig.holds(moved)
    gone = Shop({key: moved.people[key] for key in ("bob", "cy")}, {"vip": ["bob"], "win_back": []})
    rig.apply(gone)
    rig.holds(gone)


def test_two_people_swap_their_addresses(rig: Rig) -> None:
    rig.apply(Shop(people("ada", "bob"), {"vip": ["ada"], "win_back": ["bob"]}))
    swapped = Shop(
        {"ada": Person("bob@example.com", orders=3), "bob": Person("ada@example.com", orders=4)},
        {"vip": ["ada"], "win_back": ["bob"]},
    )
    for _ in range(3):  # some tools refuse an address that is taken; it is free a run later
        rig.apply(swapped)
    lists = rig.fake.snapshot()
    assert lists["Vip"] == {"bob@example.com"} and lists["Win Back"] == {"ada@example.com"}


def test_a_lost_state_is_made_good_by_adoption(reading_rig: Rig, tmp_path: Path) -> None:
    reading_rig.apply(ABC)
    reading_rig.fake.plant("Vip", "stranger@example.org")
    reading_rig.store = StateFile(tmp_path / "new" / "state.db")
    fewer = Shop(ABC.people, {"vip": ["ada"], "win_back": ["cy"]})
    reading_rig.apply(ABC)
    reading_rig.apply(fewer)
    assert reading_rig.fake.snapshot()["Vip"] == {"ada@example.com", "stranger@example.org"}
    titles = [key for key in reading_rig.fake.effects if key[0] == "create_list"]
    assert all(reading_rig.fake.effects[key] == 1 for key in titles), "a list was made twice"


def test_a_list_deleted_at_the_tool_stops_the_run(reading_rig: Rig) -> None:
    reading_rig.apply(ABC)
    reading_rig.fake.delete_list("Vip")
    writes = len(reading_rig.fake.writes())
    with pytest.raises(StoppedByGuard, match="vip") as stopped:
        reading_rig.apply(ABC, allowed=())
    assert "--allow deleted" in stopped.value.hint
    assert len(reading_rig.fake.writes()) == writes
    reading_rig.apply(ABC, allowed=["deleted"])
    reading_rig.holds(ABC)


def test_a_wrong_key_changes_nothing(rig: Rig) -> None:
    rig.apply(ABC)
    before = rig.fake.snapshot()
    rig.fake.revoke_key()
    with pytest.raises(DestinationError) as stopped:
        rig.apply(Shop(people("ada"), {"vip": ["ada"], "win_back": []}))
    assert rig.key not in f"{stopped.value} {stopped.value.hint}"
    assert rig.fake.snapshot() == before
    assert [run["status"] for run in read_status(rig.store)["runs"]] == ["finished"]


def test_a_paused_account_changes_nothing(rig: Rig) -> None:
    rig.fake.pause_account()
    with pytest.raises(DestinationError):
        rig.apply(ABC)
    assert not any(rig.fake.snapshot().values())


@pytest.mark.parametrize("seed", [1, 2])
def test_over_a_bad_line_nothing_is_lost(rig: Rig, seed: int) -> None:
    faults = rig.fake.faults
    faults.dice.seed(seed)
    faults.error_rate, faults.lost_rate, faults.throttle_rate = 0.1, 0.05, 0.05
    faults.half_rate = faults.html_rate = faults.refuse_rate = 0.02
    many = people(*(f"p{number}" for number in range(40)))
    for start in (0, 10):
        shop = Shop(many, {"vip": list(many)[start : start + 25], "win_back": list(many)[:5]})
        rig.apply(shop)
        rig.holds(shop)
    assert rig.fake.violations == []


def test_events_are_told_once(rig: Rig) -> None:
    if not rig.destination().capabilities.takes_events:
        with pytest.raises(ValueError, match="events"):
            rig.settings(events=True)
        return
    settings = rig.settings(events=True)
    old = [Event("e0", "vip", "ada")]
    rig.apply(replace(ABC, events=old), settings)
    assert rig.fake.events == [], "who was in a segment before the first sync did not just enter"
    new = [*old, Event("e1", "vip", "bob"), Event("e2", "win_back", "cy", "left")]
    rig.fake.faults.script.extend(["ok", "lost"] * 4)
    for _ in range(2):
        rig.apply(replace(ABC, events=new), settings)
    told = {key: count for key, count in rig.fake.effects.items() if key[0] == "event"}
    assert sorted(told.values()) == [1, 1]
    rig.apply(replace(ABC, events=[]), settings)  # they are no longer new
    assert {k: n for k, n in rig.fake.effects.items() if k[0] == "event"} == told


def test_erased_people_do_not_come_back(rig: Rig) -> None:
    rig.apply(ABC)
    (receipt,) = erase_people(rig.store, [rig.destination()], ["Ada@Example.com"])
    assert receipt.status in ("erased", "requested") and "ada@" not in str(receipt)
    if hasattr(rig.fake, "finish_deletions"):
        rig.fake.finish_deletions()
    again = {**ABC.people, "ada": Person("ada@example.com", orders=5)}
    renamed = {**ABC.people, "ada": Person("ada@elsewhere.example.com")}
    for shop in (ABC, Shop(again, ABC.audiences), Shop(renamed, ABC.audiences)):
        rig.apply(shop)
        assert rig.fake.profile("ada@example.com") is None
        assert rig.fake.profile("ada@elsewhere.example.com") is None
        rig.holds(shop, without=["ada"])
    writes = len(rig.fake.writes())
    assert erase_people(rig.store, [rig.destination()], ["ada@example.com"]) == [receipt]
    assert len(rig.fake.writes()) == writes, "what is done is not asked again"
    assert lift_tombstones(rig.store, ["ada@example.com"]) == 1
    rig.apply(Shop(renamed, ABC.audiences))
    assert rig.fake.profile("ada@elsewhere.example.com") is not None


def test_verify_finds_and_repairs_drift(reading_rig: Rig) -> None:
    reading_rig.apply(ABC)
    assert verify(reading_rig.store, reading_rig.destination()).is_clean
    reading_rig.fake.plant("Vip", "stranger@example.org")
    reading_rig.fake.kick("Vip", "ada@example.com")
    found = verify(reading_rig.store, reading_rig.destination(), repair=True)
    vip = next(drift for drift in found.lists if drift.audience == "vip")
    assert (vip.held, vip.missing, vip.strangers) == (2, 1, 1) and not found.is_clean
    reading_rig.apply(ABC)
    assert reading_rig.fake.snapshot()[title("vip")] == {
        "ada@example.com",
        "bob@example.com",
        "stranger@example.org",
    }


def test_a_profile_deleted_at_the_tool_comes_back(reading_rig: Rig) -> None:
    """Nobody notices until somebody is added; then it takes a run to find out, and one to mend."""
    reading_rig.apply(ABC)
    reading_rig.fake.delete_person("ada@example.com")
    more = Shop(ABC.people, {"vip": ["bob"], "win_back": ["ada", "cy"]})
    for _ in range(2):
        result = reading_rig.apply(more)
        assert result.dead == 0
    reading_rig.holds(more)


def test_a_plan_holds_for_one_state_of_affairs(rig: Rig) -> None:
    plan = rig.sync(ABC).plan()
    changed = Shop(people("ada"), {"vip": ["ada"], "win_back": []})
    with pytest.raises(PlanMoved):
        rig.sync(changed).apply(lambda plan: nothing(), expected=plan)
    assert not any(rig.fake.snapshot().values())


def nothing() -> object:
    raise AssertionError("nothing may be sent")


def test_a_new_key_of_a_person_moves_nobody(rig: Rig) -> None:
    """A guest opens an account, with other attributes; two accounts turn out to be one person; a
    third is told nothing."""
    guest = {"email:1": Person("ada@example.com", orders=1), "old": Person("bob@example.com")}
    others = people("cy", "dora")
    first = Shop(
        {**guest, **others}, {"vip": ["email:1", "old", "cy"], "win_back": ["email:1", "dora"]}
    )
    rig.apply(first)
    before = rig.fake.effects.copy()
    second = Shop(
        {"ada": Person("ada@example.com", orders=2), "new": Person("bob@example.com"), **others},
        {"vip": ["ada", "new", "cy"], "win_back": ["ada", "dora"]},
        names={"email:1": "ada", "old": "new", "cy": "cy"},
    )
    plan = rig.sync(second).plan()
    assert {(change.adds, change.removals) for change in plan.lists} == {(0, 0)}
    rig.apply(second)
    rig.holds(second)
    moved = {"add", "remove", "revoke", "withdraw", "erase"}
    assert [what for what in rig.fake.effects - before if what[0] in moved] == []
    # Now it is known under the new key alone.
    assert rig.sync(second).plan().operations == 0
    gone = Shop({"new": Person("bob@example.com"), **others}, {"vip": ["new"], "win_back": []})
    rig.apply(gone)
    rig.holds(gone)
    assert rig.sync(gone).plan().operations == 0


def test_a_key_that_is_taken_over_by_somebody_known_leaves(rig: Rig) -> None:
    """Two who were both there under addresses of their own are one: the other address goes."""
    rig.apply(Shop(people("ada", "bob"), {"vip": ["ada", "bob"]}))
    merged = Shop(people("ada"), {"vip": ["ada"]}, names={"bob": "ada"})
    rig.apply(merged)
    rig.holds(merged)
    assert rig.sync(merged).plan().operations == 0
