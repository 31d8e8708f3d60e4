"""HubSpot's lists, suppressions, events and single persons, and the whole under faults."""

from __future__ import annotations

from collections.abc import Iterator

import batches
import pytest
from fakes.hubspot import FakeHubSpot
from fakes.server import Answer
from hubspot_calls import (
    ADA,
    ADA_THERE,
    collect,
    connect,
    make_list,
    only_error,
    prepare,
    run,
    send,
    upsert,
)

from segctl.destinations.hubspot import contacts as hubspot_contacts
from segctl.errors import DestinationError
from segctl.protocol import Batch, BatchRejected, Kind, ListSpec, Outcome


@pytest.fixture
def fake() -> Iterator[FakeHubSpot]:
    with FakeHubSpot() as tool:
        yield tool
        assert tool.violations == []


# Lists


def test_lists_are_found_by_title_or_by_id(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    fake.plant("VIPs", "x@example.com")
    made = make_list(hub, "Lapsed: 90 days?")
    specs = [
        ListSpec("vip", "vips"),
        ListSpec("lapsed", "whatever", made),
        ListSpec("gone", "VIPs", "999"),
        ListSpec("new", "New"),
    ]
    found = run(hub, lambda: hub.find_lists(specs))
    assert set(found) == {"vip", "lapsed"}
    assert found["lapsed"] == made


def test_an_active_list_is_not_ours_to_fill(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    fake.make_list("VIPs", "DYNAMIC")
    error = only_error(hub, lambda: hub.find_lists([ListSpec("vip", "VIPs")]))
    assert "active" in error.message


@pytest.mark.parametrize("fault", ["lost", "500", "html", "half", "refuse"])
def test_a_lost_answer_makes_no_second_list(fake: FakeHubSpot, fault: str) -> None:
    hub = connect(fake)
    fake.faults.script.extend(["ok", fault])
    list_id = make_list(hub)
    assert list(fake.lists) == [list_id]
    assert fake.effects["create_list", "VIPs"] == 1


def test_a_list_is_renamed_in_place(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    list_id = make_list(hub)
    for _ in range(2):
        send(hub, batches.create_list("vip", "Best customers", list_id))
    assert list(fake.snapshot()) == ["Best customers"]
    assert fake.effects["rename_list", "Best customers"] == 1


def test_a_title_that_is_taken_concerns_one_list(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    list_id = make_list(hub)
    make_list(hub, "Taken")
    with pytest.raises(BatchRejected):
        send(hub, batches.create_list("vip", "Taken", list_id))


def test_people_join_and_leave_and_strangers_stay(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    known = upsert(hub, "ada", "bob", "eve")
    list_id = make_list(hub)
    fake.plant("VIPs", "stranger@example.com")
    for _ in range(2):
        send(hub, batches.members(Kind.ADD, "vip", list_id, known))
    for kind, key in ((Kind.REMOVE, "ada"), (Kind.REVOKE, "bob"), (Kind.REMOVE, "ada")):
        send(hub, batches.members(kind, "vip", list_id, {key: known[key]}))
    assert fake.snapshot() == {"VIPs": {"eve@example.com", "stranger@example.com"}}
    assert len(fake.contacts) == 4
    changes = {effect: n for effect, n in fake.effects.items() if effect[0] in ("add", "remove")}
    assert set(changes.values()) == {1}
    assert len(changes) == 5


def test_withdrawing_and_dropping_send_nothing(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    known = upsert(hub, "ada")
    list_id = make_list(hub)
    before = len(fake.requests)
    for kind in (Kind.WITHDRAW, Kind.DROP_LIST):
        assert send(hub, batches.members(kind, "vip", list_id, known)) == Outcome()
        assert hub.capabilities.requests_per_batch[kind] == 0
    assert len(fake.requests) == before


def test_a_new_record_replaces_the_old_one_in_the_list(fake: FakeHubSpot) -> None:
    """Bob's old record is Ada's new one, so it stays."""
    hub = connect(fake)
    known = upsert(hub, "ada", "bob", "eve", "new")
    list_id = make_list(hub)
    previous = {key: known[key] for key in ("ada", "bob", "eve")}
    send(hub, batches.members(Kind.ADD, "vip", list_id, previous))
    now = {"ada": known["bob"], "bob": known["new"], "eve": known["eve"]}
    outcome = send(hub, batches.members(Kind.UPDATE, "vip", list_id, now, previous))
    assert outcome == Outcome()
    assert fake.snapshot()["VIPs"] == {f"{key}@example.com" for key in ("bob", "new", "eve")}


def test_whom_hubspot_does_not_know_cannot_join_but_can_leave(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    known = upsert(hub, "ada", "bob")
    list_id = make_list(hub)
    fake.delete_person("ada@example.com")
    joined = send(hub, batches.members(Kind.ADD, "vip", list_id, {**known, "eve": None}))
    assert joined.lost == {"ada", "eve"} and joined.dead == {}
    left = send(hub, batches.members(Kind.REMOVE, "vip", list_id, {**known, "eve": None}))
    assert left == Outcome()
    assert fake.snapshot() == {"VIPs": set()}


def test_a_batch_of_nobody_known_sends_nothing(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    send(hub, batches.members(Kind.REMOVE, "vip", "1", {"ada": None}))
    assert fake.requests == []


def test_a_poisoned_membership_batch_is_refused_as_a_whole(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    known = upsert(hub, "ada", "bob")
    list_id = make_list(hub)
    fake.poison.add("bob@example.com")
    with pytest.raises(BatchRejected):
        send(hub, batches.members(Kind.ADD, "vip", list_id, known))


@pytest.mark.parametrize("kind", [Kind.ADD, Kind.REMOVE, Kind.CREATE_LIST])
def test_a_list_deleted_by_hand_stops_the_run(fake: FakeHubSpot, kind: Kind) -> None:
    hub = connect(fake)
    known = upsert(hub, "ada")
    list_id = make_list(hub)
    fake.delete_list("VIPs")
    told = (
        batches.create_list("vip", "VIPs", list_id)
        if kind is Kind.CREATE_LIST
        else batches.members(kind, "vip", list_id, known)
    )
    error = only_error(hub, lambda: hub.send(told))
    assert "no list" in error.message
    assert error.hint


def test_members_are_read_in_pages_with_their_emails(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    for number in range(620):
        fake.plant("VIPs", f"m{number}@example.com")
    [list_id] = fake.lists
    found = collect(hub, lambda: hub.members(list_id))
    assert {member.email for member in found} == fake.snapshot()["VIPs"]
    assert [int(member.remote_id) for member in found] == sorted(fake.lists[list_id].members)


def test_members_of_a_list_that_is_gone(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    with pytest.raises(DestinationError):
        collect(hub, lambda: hub.members("999"))


# Suppressions and events


def test_a_search_is_continued_past_its_end(
    fake: FakeHubSpot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubspot_contacts, "FOUND_PER_PAGE", 8)
    fake.search_end = 16
    for number in range(30):
        fake.suppress(f"no{number}@example.com")
        fake.make_contact(f"yes{number}@example.com")
    hub = connect(fake)
    found = collect(hub, hub.suppressed)
    emails = {who.email for who in found}
    assert emails == {f"no{number}@example.com" for number in range(30)} and len(found) == 30
    assert fake.writes() == []


def test_nobody_is_subscribed_or_unsubscribed(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    fake.suppress("ada@example.com")
    known = upsert(hub, "ada", "bob")
    list_id = make_list(hub)
    send(hub, batches.members(Kind.ADD, "vip", list_id, known))
    send(hub, batches.members(Kind.REVOKE, "vip", list_id, known))
    assert fake.statuses() == {
        "ada@example.com": "opted out",
        "bob@example.com": "not opted out",
    }


def told_events(known: dict[str, str]) -> Batch:
    keys = list(known)
    return batches.events(
        [
            {
                "person_key": f"vip/{key}/2026-03-31/entered",
                "customer_id": key,
                "remote_id": known[key],
                "email": batches.email_of(key),
                "segment": "vip",
                "change": "entered",
                "changed_on": batches.DAY,
            }
            for key in keys
        ]
    )


def test_an_event_arrives_once(fake: FakeHubSpot) -> None:
    hub = connect(fake, events=True)
    run(hub, hub.connect)
    prepare(hub)
    known = upsert(hub, "ada", "bob")
    fake.faults.script.extend(["lost"])
    for _ in range(2):
        assert send(hub, told_events(known)) == Outcome()
    assert len(fake.events) == 2
    assert {event["objectId"] for event in fake.events} == set(known.values())
    assert fake.events[0]["occurredAt"] == "2026-03-31T00:00:00Z"
    assert fake.events[0]["properties"] == {"segment": "vip", "change": "entered"}
    assert fake.effects["create_event", "segctl_segment_change"] == 1


def test_a_repeated_event_that_is_refused_counts_as_told(fake: FakeHubSpot) -> None:
    hub = connect(fake, events=True)
    fake.refuses_repeats = True
    told = told_events(upsert(hub, "ada", "bob"))
    first, second = told.halves()
    send(hub, first)
    with pytest.raises(BatchRejected):
        send(hub, told)
    assert send(hub, first) == send(hub, second) == Outcome()
    assert len(fake.events) == 2


def test_an_event_of_somebody_unknown_is_not_sent(fake: FakeHubSpot) -> None:
    hub = connect(fake, events=True)
    outcome = send(hub, told_events({"ada": None}))  # type: ignore[dict-item]
    assert set(outcome.dead) == {"vip/ada/2026-03-31/entered"}
    assert fake.events == []
    assert fake.contacts == {}


def test_without_events_no_event_is_defined(fake: FakeHubSpot) -> None:
    prepare(connect(fake))
    assert fake.definitions == {}


def test_there_are_no_jobs(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    with pytest.raises(LookupError):
        run(hub, lambda: hub.settle("1"))


def test_a_rerun_through_all_sorts_of_faults_changes_everything_once(fake: FakeHubSpot) -> None:
    hub = connect(fake, events=True)
    for fault in ("error", "lost", "throttle", "half", "html", "refuse"):
        setattr(fake.faults, f"{fault}_rate", 0.04)
    keys = [f"c{number}" for number in range(250)]
    for _ in range(2):
        run(hub, hub.connect)
        prepare(hub)
        list_id = make_list(hub)
        known: dict[str, str] = {}
        for start in range(0, 250, 50):
            part = dict.fromkeys(keys[start : start + 50], ADA)
            known |= send(hub, batches.upsert(part)).remote_ids
        send(hub, batches.members(Kind.ADD, "vip", list_id, known))
        send(hub, told_events(known))
    found = collect(hub, lambda: hub.members(list_id))
    assert {member.remote_id for member in found} == set(known.values())
    assert len(known) == len(fake.contacts) == len(fake.events) == 250
    assert fake.snapshot() == {"VIPs": {f"{key}@example.com" for key in keys}}
    assert set(fake.effects.values()) == {1}
    assert len({status for _, _, status in fake.requests}) > 3


# One person


def test_erasing_is_for_good_and_can_be_repeated(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    known = upsert(hub, "ada", "bob")
    fake.faults.script.extend(["ok", "ok", "lost"])
    results = [
        run(hub, lambda: hub.erase("ada@example.com", known["ada"])).status for _ in range(2)
    ]
    assert results == ["erased", "absent"]
    assert list(fake.statuses()) == ["bob@example.com"]
    # An address that HubSpot does not know would be put on its block list.
    assert fake.blocked == set()


def test_erasing_finds_the_contact_under_either_name(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    known = upsert(hub, "ada", "bob")
    run(hub, lambda: hub.erase("ada@example.com", None))
    run(hub, lambda: hub.erase("formerly@example.com", known["bob"]))
    assert fake.contacts == {}


def test_what_is_held_about_a_person(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    prepare(hub)
    known = dict(send(hub, batches.upsert({"ada": ADA})).remote_ids)
    list_id = make_list(hub)
    send(hub, batches.members(Kind.ADD, "vip", list_id, known))
    held = run(hub, lambda: hub.held("ada@example.com", known["ada"]))
    [contact] = held["contacts"]
    assert contact["lists"] == ["VIPs"]
    assert ADA_THERE.items() <= contact["properties"].items()
    assert run(hub, lambda: hub.held("nobody@example.com", None)) == {}


# Limits


def test_a_locked_record_is_waited_for(fake: FakeHubSpot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segctl.destinations.hubspot.destination._LOCKED", 0.01)
    locked = iter([Answer(423, {"status": "error", "message": "locked"})])
    real = fake.authorise
    monkeypatch.setattr(fake, "authorise", lambda request: next(locked, None) or real(request))
    hub = connect(fake)
    assert set(upsert(hub, "ada")) == {"ada"}
    assert hub.limiter.throttled == 1


def test_capabilities_follow_the_settings(fake: FakeHubSpot) -> None:
    whole = connect(fake).capabilities
    assert (whole.size(Kind.UPSERT), whole.size(Kind.ADD)) == (100, 1_000)
    assert whole.requests_per_second == 10
    assert not whole.owns_lists
    limits = {"batch_size": 50, "concurrency": 2, "requests_per_second": 3}
    share = connect(fake, limits=limits, exclusive=True).capabilities
    assert (share.size(Kind.UPSERT), share.size(Kind.ADD)) == (50, 50)
    assert (share.requests_per_second, share.concurrency, share.owns_lists) == (3, 2, True)
    large = connect(fake, limits={"batch_size": 5_000}, requests_per_ten_seconds=190).capabilities
    assert (large.size(Kind.UPSERT), large.size(Kind.ADD)) == (100, 1_000)
    assert large.requests_per_second == 19
