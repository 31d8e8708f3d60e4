"""Lists and memberships at Klaviyo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from batches import create_list, email_of, members
from fakes.klaviyo import FakeKlaviyo
from klaviyo_tool import (
    TOUR,
    failure,
    gather,
    learn,
    make,
    new_id,
    new_list,
    run,
    send,
)

from segctl.errors import SyncInterrupted
from segctl.protocol import Batch, Kind, ListSpec, Outcome


@pytest.fixture
def fake() -> Iterator[FakeKlaviyo]:
    with FakeKlaviyo() as tool:
        yield tool


def test_people_join_and_leave_lists_and_nothing_else(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    stranger = "stranger@example.com"
    fake.plant(TOUR, stranger)
    list_id = new_list(tool)
    ids = learn(tool, "a", "b", "c")
    for _ in range(2):
        assert send(tool, members(Kind.ADD, "wine", list_id, ids)) == Outcome()
    assert fake.snapshot() == {TOUR: {stranger, *map(email_of, "abc")}}
    for _ in range(2):
        assert send(tool, members(Kind.REMOVE, "wine", list_id, {"a": ids["a"]})) == Outcome()
        assert send(tool, members(Kind.REVOKE, "wine", list_id, {"b": ids["b"]})) == Outcome()
    assert fake.snapshot() == {TOUR: {stranger, email_of("c")}}
    assert set(fake.statuses().values()) == {"NEVER_SUBSCRIBED"}
    assert fake.effects["add", TOUR, email_of("a")] == 1
    assert fake.effects["remove", TOUR, email_of("a")] == 1
    found = run(tool, lambda t: gather(t.members(list_id)))
    assert {member.email for member in found} == {stranger, email_of("c")}
    assert ids["c"] in {member.remote_id for member in found}


def test_members_are_read_page_by_page(fake: FakeKlaviyo) -> None:
    for number in range(250):
        fake.plant(TOUR, f"m{number}@example.com")
    tool = make(fake)
    found = run(tool, lambda t: gather(t.members(new_id(fake))))
    assert len({member.remote_id for member in found}) == 250
    assert len(fake.requests) == 3


def test_a_new_day_of_entry_is_no_request(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    batch = members(Kind.UPDATE, "wine", "L1", {"a": "01J"}, {"a": "01J"})
    assert send(tool, batch) == Outcome()
    withdrawn = Batch(Kind.WITHDRAW, "", batch.rows)
    dropped = Batch(Kind.DROP_LIST, "wine", batch.rows, "L1")
    assert send(tool, withdrawn) == send(tool, dropped) == Outcome()
    assert not fake.requests


def test_whom_klaviyo_does_not_know_is_out_of_the_list_or_lost(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    list_id = new_list(tool)
    ids = learn(tool, "a", "b", "c")
    send(tool, members(Kind.ADD, "wine", list_id, {"b": ids["b"]}))
    fake.delete_person(email_of("b"))
    fake.delete_person(email_of("c"))
    assert send(tool, members(Kind.REMOVE, "wine", list_id, {"b": ids["b"]})) == Outcome()
    everybody = {"a": ids["a"], "c": ids["c"], "d": None}
    outcome = send(tool, members(Kind.ADD, "wine", list_id, everybody))
    assert outcome == Outcome(lost=frozenset("cd"))
    assert fake.snapshot() == {TOUR: {email_of("a")}}


@pytest.mark.parametrize("kind", [Kind.ADD, Kind.REMOVE])
def test_a_list_that_was_deleted_by_hand_is_said_so(fake: FakeKlaviyo, kind: Kind) -> None:
    tool = make(fake)
    list_id = new_list(tool)
    ids = learn(tool, "a")
    fake.delete_list(TOUR)
    said = failure(tool, lambda t: t.send(members(kind, "wine", list_id, ids)))
    assert "no longer at Klaviyo" in said and "Run the same command again" in said
    assert "no longer" in failure(tool, lambda t: gather(t.members(list_id)))
    assert "no longer" in failure(tool, lambda t: t.send(create_list("wine", TOUR, list_id)))


def test_lists_are_found_by_id_or_by_exact_title(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    titles = [f"List {number}" for number in range(12)] + ['Odd, "quoted" [1]', "Über & Co (x)"]
    made = {title: new_list(tool, title) for title in titles}
    specs = [ListSpec(title, title) for title in titles]
    specs += [
        ListSpec("by id", "Renamed", made["List 3"]),
        ListSpec("gone", "List 1", "LGONE"),
        ListSpec("missing", "list 1"),
    ]
    writes = len(fake.writes())
    assert run(tool, lambda t: t.find_lists(specs)) == made | {"by id": made["List 3"]}
    assert len(fake.writes()) == writes
    assert run(tool, lambda t: t.find_lists([])) == {}


def test_a_list_is_adopted_or_given_its_new_title(fake: FakeKlaviyo) -> None:
    fake.plant(TOUR, "stranger@example.com")
    tool = make(fake)
    list_id = new_list(tool)
    assert list_id == new_id(fake)
    send(tool, create_list("wine", "Wine", list_id))
    assert send(tool, create_list("wine", "Wine", list_id)).remote_ids == {"": list_id}
    assert set(fake.snapshot()) == {"Wine"}
    assert not fake.effects["create_list", TOUR]
    assert fake.effects["rename_list", "Wine"] == 1


@pytest.mark.parametrize("fault", ["lost", "half", "html", "500", "refuse", "429"])
def test_a_lost_answer_makes_no_second_list(fake: FakeKlaviyo, fault: str) -> None:
    fake.faults.script.extend(["ok", fault, "ok", fault])
    assert new_list(make(fake)) == new_id(fake)
    assert fake.effects["create_list", TOUR] == 1


def test_klaviyo_that_does_not_answer_stops_the_run(fake: FakeKlaviyo) -> None:
    fake.faults.error_rate = 1.0
    with pytest.raises(SyncInterrupted):
        new_list(make(fake))


def test_the_daily_limit_of_new_lists_stops_the_run(fake: FakeKlaviyo) -> None:
    fake.faults.script.extend(["ok", "429"])
    fake.faults.retry_after = 40_000
    with pytest.raises(SyncInterrupted, match="resumed at"):
        new_list(make(fake))
