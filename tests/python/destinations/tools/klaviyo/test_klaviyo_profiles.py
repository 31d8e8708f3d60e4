"""Profiles at Klaviyo: imports, bad records, e-mails that change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from batches import email_of, members, upsert
from fakes.klaviyo import FakeKlaviyo
from fakes.klaviyo_model import CUSTOMER_ID
from klaviyo_tool import (
    TOUR,
    failure,
    learn,
    make,
    new_list,
    run,
    send,
)

from segctl.protocol import Kind, Outcome


@pytest.fixture
def fake() -> Iterator[FakeKlaviyo]:
    with FakeKlaviyo() as tool:
        yield tool


# Profiles


def test_profiles_are_made_with_their_own_fields_and_custom_properties(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    known = {
        "first_name": "Ada",
        "location.city": "London",
        "locale": "en-GB",
        "orders": 3,
        "net_revenue": Decimal("12.50"),
        "last_order_on": date(2026, 3, 1),
        "lifecycle_stage": None,
    }
    outcome = send(tool, upsert({"shop:1": {**known, "email": "Ada@example.com"}}))
    assert outcome == Outcome(remote_ids={"shop:1": fake.find("ada@example.com").id})
    assert fake.profile("ada@example.com") == {
        "first_name": "Ada",
        "location.city": "London",
        "locale": "en-GB",
        "orders": 3,
        "net_revenue": 12.5,
        "last_order_on": "2026-03-01",
    }
    assert set(fake.statuses().values()) == {"NEVER_SUBSCRIBED"}


def test_importing_again_changes_nothing(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    ids = learn(tool, "a", "b", orders=1)
    before = fake.effects.copy()
    assert send(tool, upsert({"a": {"orders": 1}, "b": {"orders": 1}})).remote_ids == ids
    again = upsert({"a": {"orders": 1}, "b": {"orders": 1}}, ids)
    assert send(tool, again) == Outcome()
    assert fake.effects == before


def test_a_job_is_settled_by_another_process(fake: FakeKlaviyo) -> None:
    job = run(make(fake), lambda t: t.send(upsert({"a": {"orders": 1}}))).job
    assert job and "@" not in job
    other = make(fake)
    assert [run(other, lambda t: t.settle(job)) for _ in range(2)] == [None, None]
    outcome = run(other, lambda t: t.settle(job))
    assert outcome == Outcome(remote_ids={"a": fake.find(email_of("a")).id})
    assert run(other, lambda t: t.settle(job)) == outcome


@pytest.mark.parametrize("job", ["new:01KGONE", "known:01KGONE", "nonsense", ""])
def test_an_unknown_job_is_a_lookup_error(fake: FakeKlaviyo, job: str) -> None:
    if job:
        with pytest.raises(LookupError):
            run(make(fake), lambda t: t.settle(job))


def test_a_cancelled_job_is_sent_again(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    job = run(tool, lambda t: t.send(upsert({"a": {}}))).job
    next(iter(fake.jobs.values())).status = "cancelled"
    fake.job_polls = 1
    with pytest.raises(LookupError):
        run(tool, lambda t: t.settle(job or ""))


@pytest.mark.parametrize("flat", [False, True])
def test_bad_records_are_found_in_the_import_errors(fake: FakeKlaviyo, flat: bool) -> None:
    fake.flat_errors = flat
    people = {f"k{number}": {"orders": number} for number in range(250)}
    fake.invalid = {email_of(f"k{number}") for number in range(120)}
    outcome = send(make(fake), upsert(people))
    assert outcome.dead == dict.fromkeys(
        list(people)[:120], "<e-mail> is not a valid email address"
    )
    assert set(outcome.remote_ids) == set(list(people)[120:])


def test_an_error_that_names_nobody_is_not_passed_over(fake: FakeKlaviyo) -> None:
    fake.invalid = {email_of("a")}
    tool = make(fake)
    job = run(tool, lambda t: t.send(upsert({"a": {}, "b": {}}))).job or ""
    for _ in range(2):
        run(tool, lambda t: t.settle(job))
    fake.jobs[job.partition(":")[2]].polls_left = 0
    run(tool, lambda t: t.settle(job))
    for missing in ("original_payload", "source"):
        for held in fake.jobs.values():
            held.errors[0]["attributes"][missing] = None
        ended = run(tool, lambda t: t.settle(job))
        assert ended is not None and set(ended.about(["a", "b"]).dead) == {"a"}


def test_a_refused_import_can_be_narrowed_down(fake: FakeKlaviyo) -> None:
    fake.poison = {email_of("bad")}
    tool = make(fake)
    batch = upsert({"good": {}, "bad": {}})
    assert "malformed" in failure(tool, lambda t: t.send(batch))
    good, bad = batch.halves()
    assert not send(tool, good).dead
    failure(tool, lambda t: t.send(bad))


def test_what_is_too_large_is_not_sent(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    assert "100 KB" in failure(tool, lambda t: t.send(upsert({"a": {"note": "x" * 100_000}})))
    many = {f"k{number}": {"note": "x" * 60_000} for number in range(90)}
    assert "5 MB" in failure(tool, lambda t: t.send(upsert(many)))
    assert not fake.requests


def test_what_is_empty_here_is_emptied_there(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    full = {"first_name": "Ada", "location.city": "London", "orders": 2, "stage": "new"}
    ids = learn(tool, "a", **full)
    fake.find(email_of("a")).properties["theirs"] = True
    fake.find(email_of("a")).location["zip"] = "N1"
    emptied = {"first_name": None, "location.city": None, "orders": 2, "stage": None}
    send(tool, upsert({"a": emptied}, ids))
    assert fake.profile(email_of("a")) == {"orders": 2, "theirs": True, "location.zip": "N1"}


def test_numbers_that_json_does_not_know_are_empty(fake: FakeKlaviyo) -> None:
    learn(make(fake), "a", share=float("nan"), orders=1)
    assert fake.profile(email_of("a")) == {"orders": 1}


def test_an_existing_profile_is_adopted_and_keeps_its_external_id(fake: FakeKlaviyo) -> None:
    there = fake.make_profile(email_of("a"), external_id="till-7", properties={"theirs": 1})
    fake.suppress(email_of("a"))
    assert learn(make(fake), "a", orders=1) == {"a": there.id}
    assert there.external_id == "till-7"
    assert fake.profile(email_of("a")) == {"theirs": 1, "orders": 1}
    assert fake.statuses() == {email_of("a"): "SUPPRESSED"}


# E-mails that change


def test_a_new_email_stays_with_the_profile(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    ids = learn(tool, "a")
    outcome = send(tool, upsert({"a": {"email": "new@example.com", "orders": 1}}, ids))
    assert outcome == Outcome()
    assert fake.find("new@example.com").id == ids["a"]
    assert fake.find(email_of("a")) is None


def test_a_new_email_that_another_profile_has_moves_the_person(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    list_id = new_list(tool)
    ids = learn(tool, "a")
    send(tool, members(Kind.ADD, "wine", list_id, ids))
    other = fake.make_profile("new@example.com", properties={"theirs": 1})
    outcome = send(tool, upsert({"a": {"email": "new@example.com", "orders": 1}}, ids))
    assert outcome == Outcome(remote_ids={"a": other.id})
    assert fake.profile("new@example.com") == {"theirs": 1, "orders": 1}
    update = members(
        Kind.UPDATE, "wine", list_id, {"a": other.id}, {"a": ids["a"]}, {"a": "new@example.com"}
    )
    for _ in range(2):
        assert send(tool, update) == Outcome()
        assert fake.snapshot() == {TOUR: {"new@example.com"}}
    assert fake.find(email_of("a")) is not None


def test_an_address_that_passes_on_is_taken_once_it_is_free(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    ids = learn(tool, "a", "b")
    passed_on = {"a": {"email": email_of("b")}, "b": {"email": "third@example.com"}}
    assert send(tool, upsert(passed_on, ids)) == Outcome()
    assert fake.find(email_of("b")).id == ids["a"]
    assert fake.find("third@example.com").id == ids["b"]


@pytest.mark.parametrize("listed", ["ab", "a", "b"])
def test_swapped_addresses_end_in_the_right_lists(fake: FakeKlaviyo, listed: str) -> None:
    tool = make(fake)
    list_id = new_list(tool)
    ids = learn(tool, "a", "b")
    send(tool, members(Kind.ADD, "wine", list_id, {key: ids[key] for key in listed}))
    emails = {"a": email_of("b"), "b": email_of("a")}
    swapped = send(tool, upsert({key: {"email": emails[key]} for key in "ab"}, ids)).remote_ids
    assert swapped == {"a": ids["b"], "b": ids["a"]}
    now = {key: swapped[key] for key in listed}
    before = {key: str(ids[key]) for key in listed}
    assert send(tool, members(Kind.UPDATE, "wine", list_id, now, before, emails)) == Outcome()
    assert fake.snapshot() == {TOUR: {emails[key] for key in listed}}


def test_who_is_lost_keeps_the_old_place_until_the_next_run(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    list_id = new_list(tool)
    ids = learn(tool, "a")
    send(tool, members(Kind.ADD, "wine", list_id, ids))
    update = members(Kind.UPDATE, "wine", list_id, {"a": "01JGONE"}, {"a": str(ids["a"])})
    assert send(tool, update) == Outcome(lost=frozenset("a"))
    assert fake.snapshot() == {TOUR: {email_of("a")}}


def test_a_profile_that_is_another_persons_by_now_is_left_alone(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    ids = learn(tool, "a", "b")
    # In one batch, b's address goes to a; in a later one, b has an address of their own.
    moved = send(tool, upsert({"a": {"email": email_of("b")}}, ids)).remote_ids
    assert moved == {"a": ids["b"]}
    outcome = send(tool, upsert({"b": {"email": "third@example.com"}}, ids))
    assert outcome.remote_ids == {"b": fake.find("third@example.com").id}
    assert fake.find(email_of("b")).properties[CUSTOMER_ID] == "a"


def test_profiles_deleted_or_merged_there_are_found_by_email(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    ids = learn(tool, "a", "b", "c")
    fake.delete_person(email_of("a"))
    fake.merge(email_of("b"), email_of("c"))
    fresh = send(tool, upsert({key: {"orders": 1} for key in "abc"}, ids)).remote_ids
    assert set(fresh) == {"a", "b"} and fresh["a"] != ids["a"]
