"""The Mailchimp destination against a fake account: profiles and memberships."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from batches import members, upsert
from fakes.mailchimp import FakeMailchimp
from fakes.mailchimp_answers import hash_of
from tools import connected, failure, known, make_list, run, send

from segctl.destinations.mailchimp import Mailchimp, MailchimpSettings
from segctl.protocol import Kind, Outcome

ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"


@pytest.fixture
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp() as tool:
        yield tool


def make(fake: FakeMailchimp, **settings: Any) -> Mailchimp:
    return connected(Mailchimp, MailchimpSettings, fake, **settings)


# Profiles


def test_new_people_are_not_subscribed(fake: FakeMailchimp) -> None:
    fake.fields |= {"ORDERS": "number", "SINCE": "date", "SEEN": "date", "VIP": "text"}
    values = {
        "ada": {
            "FNAME": "Ada",
            "ORDERS": 3,
            "SINCE": date(2026, 1, 2),
            "SEEN": datetime(2026, 1, 3, 4, 5),
            "VIP": True,
        },
        "bob": dict.fromkeys(["FNAME", "ORDERS", "SINCE", "SEEN"]) | {"VIP": False},
    }
    outcome = send(make(fake), upsert(values))
    assert outcome == Outcome(remote_ids={"ada": hash_of(ADA), "bob": hash_of(BOB)})
    assert fake.statuses() == {ADA: "transactional", BOB: "transactional"}
    assert fake.profile(ADA) == {
        "FNAME": "Ada",
        "ORDERS": 3,
        "SINCE": "2026-01-02",
        "SEEN": "2026-01-03",
        "VIP": "true",
    }
    assert fake.profile(BOB) == {"FNAME": "", "ORDERS": "", "SINCE": "", "SEEN": "", "VIP": "false"}
    assert fake.violations == []


def test_the_user_may_choose_that_new_people_are_subscribed(fake: FakeMailchimp) -> None:
    send(make(fake, new_status="subscribed"), upsert({"ada": {}}))
    assert fake.statuses() == {ADA: "subscribed"}


def test_nobody_is_subscribed_again(fake: FakeMailchimp) -> None:
    fake.suppress(ADA)
    outcome = send(
        make(fake, new_status="subscribed"), upsert({"ada": {"FNAME": "Ada"}, "bob": {}})
    )
    assert outcome.suppressed == {"ada": "unsubscribed"}
    assert outcome.dead == {}
    assert fake.statuses() == {ADA: "unsubscribed", BOB: "subscribed"}


def test_one_bad_record_costs_one_record(fake: FakeMailchimp) -> None:
    fake.invalid.add(ADA)
    fake.fields["ORDERS"] = "number"
    people = {"ada": {"ORDERS": "1"}, "bob": {"ORDERS": "many"}, "eve": {"ORDERS": None}}
    outcome = send(make(fake), upsert(people))
    assert outcome.dead == {
        "ada": "Invalid Resource: <e-mail> looks fake or invalid, "
        "please enter a real email address",
        "bob": "Invalid Resource: Your merge fields were invalid.; ORDERS Please enter a number",
    }
    assert set(outcome.remote_ids) == {"eve"}


def test_whoever_was_erased_stays_away(fake: FakeMailchimp) -> None:
    tool = make(fake)
    known(tool, "ada")
    assert run(tool, lambda t: t.erase(ADA, hash_of(ADA))).status == "erased"
    assert run(tool, lambda t: t.erase(ADA, hash_of(ADA))).status == "absent"
    outcome = send(tool, upsert({"ada": {}}))
    assert outcome.suppressed == {
        "ada": "Forgotten Email Not Subscribed: <e-mail> was permanently deleted "
        "and cannot be re-imported"
    }
    assert fake.statuses() == {}


def test_an_erased_person_is_found_under_an_older_address(fake: FakeMailchimp) -> None:
    tool = make(fake)
    known(tool, "ada")
    assert run(tool, lambda t: t.erase("new@example.com", hash_of(ADA))).status == "erased"
    assert fake.statuses() == {}


def test_what_is_held(fake: FakeMailchimp) -> None:
    tool = make(fake)
    send(tool, upsert({"ada": {"FNAME": "Ada"}}))
    held = run(tool, lambda t: t.held("other@example.com", hash_of(ADA)))
    assert held["email_address"] == ADA
    assert held["merge_fields"] == {"FNAME": "Ada"}
    assert held["notes"] == [{"id": 1, "note": "called on Monday"}]
    assert held["activity-feed"] == [{"activity_type": "open"}]
    assert "_links" not in held
    assert run(tool, lambda t: t.held(EVE, None)) == {}


# A changed address


def test_a_changed_address_moves_the_member(fake: FakeMailchimp) -> None:
    tool = make(fake)
    ids = known(tool, "ada")
    lapsed = make_list(tool)
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    new = send(tool, upsert({"ada": {"email": "new@example.com"}}, ids)).remote_ids
    assert new == {"ada": hash_of("new@example.com")}
    again = send(tool, upsert({"ada": {"email": "new@example.com"}}, ids)).remote_ids
    assert again == new, "a repeat after a lost answer"
    batch = members(Kind.UPDATE, "lapsed", lapsed, new, ids, {"ada": "new@example.com"})
    assert send(tool, batch) == Outcome()
    assert fake.snapshot() == {"Lapsed": {"new@example.com"}}
    assert fake.statuses() == {"new@example.com": "transactional"}


def test_a_changed_address_may_be_there_already(fake: FakeMailchimp) -> None:
    tool = make(fake)
    ids = known(tool, "ada")
    lapsed = make_list(tool)
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    fake.plant("VIPs", "new@example.com")
    new = send(tool, upsert({"ada": {"email": "new@example.com", "FNAME": "Ada"}}, ids)).remote_ids
    batch = members(Kind.UPDATE, "lapsed", lapsed, new, ids, {"ada": "new@example.com"})
    assert send(tool, batch) == Outcome()
    assert fake.snapshot() == {"Lapsed": {"new@example.com"}, "VIPs": {"new@example.com"}}
    assert fake.statuses() == {ADA: "transactional", "new@example.com": "subscribed"}
    assert fake.profile("new@example.com") == {"FNAME": "Ada"}


def test_two_people_swap_addresses(fake: FakeMailchimp) -> None:
    tool = make(fake)
    ids = known(tool, "ada", "bob")
    lapsed = make_list(tool)
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    people = {"ada": {"email": BOB, "FNAME": "Ada"}, "bob": {"email": ADA, "FNAME": "Bob"}}
    new = send(tool, upsert(people, ids)).remote_ids
    assert new == {"ada": hash_of(BOB), "bob": hash_of(ADA)}
    batch = members(Kind.UPDATE, "lapsed", lapsed, new, ids, {"ada": BOB, "bob": ADA})
    assert send(tool, batch) == Outcome()
    assert fake.snapshot() == {"Lapsed": {ADA, BOB}}
    assert (fake.profile(BOB), fake.profile(ADA)) == ({"FNAME": "Ada"}, {"FNAME": "Bob"})


def test_two_people_in_two_batches_swap_addresses(fake: FakeMailchimp) -> None:
    tool = make(fake)
    ids = known(tool, "ada", "bob")
    lapsed = make_list(tool)
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    new = dict(send(tool, upsert({"ada": {"email": BOB}, "bob": {"email": ADA}}, ids)).remote_ids)
    batch = members(Kind.UPDATE, "lapsed", lapsed, new, ids, {"ada": BOB, "bob": ADA})

    async def both(t: Mailchimp) -> None:
        await asyncio.gather(*[t.send(half) for half in batch.halves()])

    run(tool, both)
    assert fake.snapshot() == {"Lapsed": {ADA, BOB}}


def test_a_changed_address_of_somebody_who_said_no(fake: FakeMailchimp) -> None:
    tool = make(fake, new_status="subscribed")
    ids = known(tool, "ada")
    fake.suppress(ADA)
    outcome = send(tool, upsert({"ada": {"email": "new@example.com"}}, ids))
    assert outcome.suppressed == {"ada": "unsubscribed"}
    assert fake.statuses() == {"new@example.com": "unsubscribed"}


def test_a_new_day_of_entry_is_nothing_to_mailchimp(fake: FakeMailchimp) -> None:
    tool = make(fake)
    batch = members(Kind.UPDATE, "lapsed", "1", {"ada": hash_of(ADA)}, {"ada": hash_of(ADA)})
    assert send(tool, batch) == Outcome()
    assert fake.requests == []


# Memberships


def test_joining_and_leaving(fake: FakeMailchimp) -> None:
    tool = make(fake)
    ids = known(tool, "ada", "bob")
    lapsed = make_list(tool)
    fake.plant("Lapsed", EVE)
    assert send(tool, members(Kind.ADD, "lapsed", lapsed, ids)) == Outcome()
    assert send(tool, members(Kind.ADD, "lapsed", lapsed, ids)) == Outcome(), "a repeat"
    assert fake.snapshot() == {"Lapsed": {ADA, BOB, EVE}}
    one = {"ada": ids["ada"]}
    assert send(tool, members(Kind.REMOVE, "lapsed", lapsed, one)) == Outcome()
    assert send(tool, members(Kind.REMOVE, "lapsed", lapsed, one)) == Outcome(), "a repeat"
    assert fake.snapshot() == {"Lapsed": {BOB, EVE}}
    assert fake.effects["add", "Lapsed", ADA] == 1
    assert fake.effects["remove", "Lapsed", ADA] == 1
    assert set(fake.statuses()) == {ADA, BOB, EVE}, "leaving a segment deletes nobody"
    assert fake.violations == []


@pytest.mark.parametrize("kind", [Kind.REMOVE, Kind.REVOKE])
def test_many_leave_at_once(fake: FakeMailchimp, kind: Kind) -> None:
    tool = make(fake)
    keys = [f"p{number}" for number in range(150)]
    ids = known(tool, *keys)
    lapsed = make_list(tool)
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    fake.plant("Lapsed", EVE)
    gone = ids | {"unknown": hash_of("unknown@example.com")}
    before = len(fake.requests)
    assert send(tool, members(kind, "lapsed", lapsed, gone)) == Outcome()
    assert fake.snapshot() == {"Lapsed": {EVE}}
    assert len(fake.requests) - before == 5  # one more who is not there, and whether the segment is


def test_removing_somebody_who_was_never_sent(fake: FakeMailchimp) -> None:
    assert send(make(fake), members(Kind.REMOVE, "lapsed", "1", {"ada": None})) == Outcome()
    assert fake.requests == []


def test_who_cannot_join(fake: FakeMailchimp) -> None:
    tool = make(fake)
    ids = known(tool, "ada", "bob")
    lapsed = make_list(tool)
    fake.suppress(BOB)
    fake.invalid = {ADA, BOB}
    batch = members(Kind.ADD, "lapsed", lapsed, ids | {"eve": hash_of(EVE)})
    assert send(tool, batch) == Outcome(
        dead={"ada": "Not on this list"},
        suppressed={"bob": "unsubscribed"},
        lost=frozenset(["eve"]),
    )


def test_a_batch_that_is_refused_can_be_bisected(fake: FakeMailchimp) -> None:
    tool = make(fake)
    ids = known(tool, "ada", "bob")
    lapsed = make_list(tool)
    fake.poison.add(ADA)
    batch = members(Kind.ADD, "lapsed", lapsed, ids)
    assert "Invalid Resource" in failure(tool, lambda t: t.send(batch))
    first, second = batch.halves()
    failure(tool, lambda t: t.send(first))
    assert send(tool, second) == Outcome()
    assert fake.snapshot() == {"Lapsed": {BOB}}


def test_what_stays_needs_no_request(fake: FakeMailchimp) -> None:
    tool = make(fake)
    for kind in (Kind.WITHDRAW, Kind.DROP_LIST):
        assert send(tool, members(kind, "lapsed", "1", {"ada": hash_of(ADA)})) == Outcome()
        assert tool.capabilities.requests_per_batch[kind] == 0
    assert fake.requests == []


def test_events_are_refused(fake: FakeMailchimp) -> None:
    tool = make(fake)
    assert not tool.capabilities.takes_events
    batch = members(Kind.EVENT, "~events", "1", {"e1": None})
    assert "only once" in failure(tool, lambda t: t.send(batch))
