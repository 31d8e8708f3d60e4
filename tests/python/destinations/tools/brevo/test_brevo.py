"""The Brevo destination against a fake account: profiles and memberships."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from batches import members, upsert
from fakes.brevo import FakeBrevo
from tools import connected, failure, known, make_list, run, send

from segctl.destinations.brevo import Brevo, BrevoSettings
from segctl.protocol import Kind, Outcome

ADA, BOB, EVE, NEW = "ada@example.com", "bob@example.com", "eve@example.com", "new@example.com"


@pytest.fixture
def fake() -> Iterator[FakeBrevo]:
    with FakeBrevo() as tool:
        yield tool


def make(fake: FakeBrevo, **settings: Any) -> Brevo:
    return connected(Brevo, BrevoSettings, fake, **settings)


# Profiles


def test_values_are_written_as_their_types_want(fake: FakeBrevo) -> None:
    kinds = {"ORDERS": "float", "REVENUE": "float", "SINCE": "date", "SEEN": "date"}
    fake.attributes |= {name: ("normal", kind) for name, kind in kinds.items()}
    fake.attributes["VIP"] = ("normal", "boolean")
    values = {
        "FIRSTNAME": "Ada",
        "ORDERS": 3,
        "REVENUE": Decimal("19.90"),
        "SINCE": date(2026, 1, 2),
        "SEEN": datetime(2026, 1, 3, 4, 5),
        "VIP": False,
    }
    tool = make(fake)
    ids = send(tool, upsert({"ada": values})).remote_ids
    assert fake.profile(ADA) == values | {
        "REVENUE": 19.9,
        "SINCE": "2026-01-02",
        "SEEN": "2026-01-03",
    }
    again = send(tool, upsert({"ada": dict.fromkeys(values)}, dict(ids)))
    assert again == Outcome(remote_ids=ids)
    assert fake.profile(ADA) == {}
    assert fake.statuses() == {ADA: "ok"}
    assert fake.violations == []


def test_what_we_remember_does_not_tell_the_address(fake: FakeBrevo) -> None:
    ids = known(make(fake), "ada")
    contact, _, digits = ids["ada"].partition("-")
    assert contact == str(fake.find(ADA).id)
    assert len(digits) == 8


def test_contacts_that_were_there_before(fake: FakeBrevo) -> None:
    fake.plant("Theirs", ADA)
    tool = make(fake)
    outcome = send(tool, upsert({"ada": {"FIRSTNAME": "Ada"}}))
    assert outcome == Outcome(remote_ids=known(tool, "ada"))
    assert fake.profile(ADA) == {"FIRSTNAME": "Ada"}
    assert fake.snapshot() == {"Theirs": {ADA}}


def test_nobody_is_taken_off_the_blocklist(fake: FakeBrevo) -> None:
    fake.suppress(ADA)
    outcome = send(make(fake), upsert({"ada": {"FIRSTNAME": "Ada"}, "bob": {}}))
    assert outcome.suppressed == {"ada": "blocklisted at Brevo"}
    assert outcome.dead == {}
    assert fake.statuses() == {ADA: "blocklisted", BOB: "ok"}


def test_one_bad_record_costs_one_record(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = known(tool, "bob")
    fake.invalid = {ADA, BOB}
    outcome = send(tool, upsert({"ada": {}, "bob": {}, "eve": {}}, ids))
    reason = "Invalid email address <e-mail>"
    assert outcome.dead == {"ada": reason, "bob": reason}
    assert set(outcome.remote_ids) == {"eve"}


def test_a_contact_that_was_deleted_by_hand_is_made_anew(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = known(tool, "ada")
    fake.drop_contact(fake.find(ADA))
    new = send(tool, upsert({"ada": {}}, ids)).remote_ids
    assert new["ada"] != ids["ada"]
    assert set(fake.statuses()) == {ADA}


# A changed address


def test_a_changed_address_stays_the_same_contact(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = known(tool, "ada")
    lapsed = make_list(tool)
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    moved = upsert({"ada": {"email": NEW, "FIRSTNAME": "Ada"}}, ids)
    new = dict(send(tool, moved).remote_ids)
    assert new["ada"] != ids["ada"]
    assert new["ada"].partition("-")[0] == ids["ada"].partition("-")[0]
    assert send(tool, moved).remote_ids == new, "a repeat after a lost answer"
    batch = members(Kind.UPDATE, "lapsed", lapsed, new, ids, {"ada": NEW})
    assert send(tool, batch) == Outcome()
    assert fake.snapshot() == {"Lapsed": {NEW}}
    assert fake.profile(NEW) == {"FIRSTNAME": "Ada"}
    assert fake.effects["change_address", NEW] == 1


def test_a_changed_address_never_lifts_a_blocklisting(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = known(tool, "ada")
    fake.suppress(ADA)
    outcome = send(tool, upsert({"ada": {"email": NEW}}, ids))
    assert outcome.suppressed == {"ada": "blocklisted at Brevo"}
    assert fake.statuses() == {ADA: "blocklisted"}
    assert fake.violations == []


def test_the_fake_does_lift_a_blocklisting(fake: FakeBrevo) -> None:
    """What the test above is worth."""
    tool = make(fake)
    ids = known(tool, "ada")
    fake.suppress(ADA)
    contact = int(ids["ada"].partition("-")[0])
    run(tool, lambda t: t._write(contact, {"EMAIL": NEW}))
    assert fake.statuses() == {NEW: "ok"}
    assert fake.violations


def test_a_changed_address_may_be_there_already(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = known(tool, "ada")
    lapsed = make_list(tool)
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    fake.plant("Theirs", NEW)
    new = dict(send(tool, upsert({"ada": {"email": NEW, "FIRSTNAME": "Ada"}}, ids)).remote_ids)
    batch = members(Kind.UPDATE, "lapsed", lapsed, new, ids, {"ada": NEW})
    assert send(tool, batch) == Outcome()
    assert fake.snapshot() == {"Lapsed": {NEW}, "Theirs": {NEW}}
    assert fake.profile(NEW) == {"FIRSTNAME": "Ada"}
    assert set(fake.statuses()) == {ADA, NEW}


def test_two_people_swap_addresses(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = known(tool, "ada", "bob")
    lapsed = make_list(tool)
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    people = {"ada": {"email": BOB, "FIRSTNAME": "Ada"}, "bob": {"email": ADA, "FIRSTNAME": "Bob"}}
    new = dict(send(tool, upsert(people, ids)).remote_ids)
    assert new == {"ada": ids["bob"], "bob": ids["ada"]}
    batch = members(Kind.UPDATE, "lapsed", lapsed, new, ids, {"ada": BOB, "bob": ADA})
    assert send(tool, batch) == Outcome()
    assert fake.snapshot() == {"Lapsed": {ADA, BOB}}
    assert fake.profile(BOB) == {"FIRSTNAME": "Ada"}


def test_two_people_in_two_batches_swap_addresses(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = known(tool, "ada", "bob")
    lapsed = make_list(tool)
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    new = dict(send(tool, upsert({"ada": {"email": BOB}, "bob": {"email": ADA}}, ids)).remote_ids)
    batch = members(Kind.UPDATE, "lapsed", lapsed, new, ids, {"ada": BOB, "bob": ADA})

    async def both(t: Brevo) -> None:
        await asyncio.gather(*[t.send(half) for half in batch.halves()])

    run(tool, both)
    assert fake.snapshot() == {"Lapsed": {ADA, BOB}}


def test_a_bad_new_address_is_one_dead_record(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = known(tool, "ada", "bob")
    fake.invalid.add(NEW)
    outcome = send(tool, upsert({"ada": {"email": NEW}, "bob": {"FIRSTNAME": "Bob"}}, ids))
    assert outcome.dead == {"ada": "Invalid email address <e-mail>"}
    assert outcome.remote_ids == {"bob": ids["bob"]}


def test_a_new_day_of_entry_is_nothing_to_brevo(fake: FakeBrevo) -> None:
    batch = members(Kind.UPDATE, "lapsed", "1", {"ada": "5-12345678"}, {"ada": "5-12345678"})
    assert send(make(fake), batch) == Outcome()
    assert fake.requests == []


# Memberships


def test_joining_and_leaving(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = known(tool, "ada", "bob")
    lapsed = make_list(tool)
    fake.plant("Lapsed", EVE)
    assert send(tool, members(Kind.ADD, "lapsed", lapsed, ids)) == Outcome()
    assert send(tool, members(Kind.ADD, "lapsed", lapsed, ids)) == Outcome(), "a repeat"
    more = ids | known(tool, "joe")
    assert send(tool, members(Kind.ADD, "lapsed", lapsed, more)) == Outcome(), "partly a repeat"
    assert fake.snapshot() == {"Lapsed": {ADA, BOB, EVE, "joe@example.com"}}
    one = {"ada": ids["ada"]}
    assert send(tool, members(Kind.REMOVE, "lapsed", lapsed, one)) == Outcome()
    assert send(tool, members(Kind.REMOVE, "lapsed", lapsed, one)) == Outcome(), "a repeat"
    assert send(tool, members(Kind.REVOKE, "lapsed", lapsed, ids)) == Outcome(), "partly a repeat"
    assert fake.snapshot() == {"Lapsed": {EVE, "joe@example.com"}}
    assert {count for effect, count in fake.effects.items()} == {1}
    assert set(fake.statuses()) == {ADA, BOB, EVE, "joe@example.com"}, "nobody is deleted"
    assert fake.violations == []


def test_a_full_batch_that_is_repeated(fake: FakeBrevo) -> None:
    tool = make(fake)
    lapsed = make_list(tool)
    ids = known(tool, *[f"p{number}" for number in range(150)])
    batch = members(Kind.ADD, "lapsed", lapsed, ids)
    assert send(tool, batch) == send(tool, batch) == Outcome()
    assert len(fake.snapshot()["Lapsed"]) == 150


def test_removing_whom_brevo_does_not_know(fake: FakeBrevo) -> None:
    tool = make(fake)
    lapsed = make_list(tool)
    batch = members(Kind.REMOVE, "lapsed", lapsed, {"ada": "9999-12345678", "bob": None})
    assert send(tool, batch) == Outcome()


def test_who_cannot_join(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = known(tool, "ada", "bob")
    lapsed = make_list(tool)
    fake.drop_contact(fake.find(ADA))
    batch = members(Kind.ADD, "lapsed", lapsed, ids | {"eve": None})
    assert send(tool, batch) == Outcome(lost=frozenset(["ada", "eve"]))
    assert fake.snapshot() == {"Lapsed": {BOB}}


def test_a_batch_that_is_refused_can_be_bisected(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = known(tool, "ada", "bob")
    lapsed = make_list(tool)
    fake.poison.add(ADA)
    batch = members(Kind.ADD, "lapsed", lapsed, ids)
    assert "ids are not valid" in failure(tool, lambda t: t.send(batch))
    first, second = batch.halves()
    failure(tool, lambda t: t.send(first))
    assert send(tool, second) == Outcome()
    assert fake.snapshot() == {"Lapsed": {BOB}}


def test_what_stays_needs_no_request(fake: FakeBrevo) -> None:
    tool = make(fake)
    for kind in (Kind.WITHDRAW, Kind.DROP_LIST):
        assert send(tool, members(kind, "lapsed", "1", {"ada": "5-12345678"})) == Outcome()
        assert tool.capabilities.requests_per_batch[kind] == 0
    assert fake.requests == []


def test_events_are_refused(fake: FakeBrevo) -> None:
    tool = make(fake)
    assert not tool.capabilities.takes_events
    batch = members(Kind.EVENT, "~events", "1", {"e1": None})
    assert "only once" in failure(tool, lambda t: t.send(batch))


# Rights of the person


def test_erasing(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = known(tool, "ada", "bob")
    assert run(tool, lambda t: t.erase(ADA, ids["ada"])).status == "erased"
    assert run(tool, lambda t: t.erase(ADA, ids["ada"])).status == "absent"
    assert run(tool, lambda t: t.erase("older@example.com", ids["bob"])).status == "erased"
    assert fake.statuses() == {}


def test_what_is_held(fake: FakeBrevo) -> None:
    tool = make(fake)
    ids = send(tool, upsert({"ada": {"FIRSTNAME": "Ada"}})).remote_ids
    held = run(tool, lambda t: t.held(EVE, ids["ada"]))
    assert held["email"] == ADA
    assert held["attributes"] == {"FIRSTNAME": "Ada"}
    assert any(stretch["messagesSent"] for stretch in held["statistics"])
    assert run(tool, lambda t: t.held(EVE, None)) == {}
    assert fake.violations == []
