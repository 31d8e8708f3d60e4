"""Klaviyo against a fake of it that keeps its rules; profiles and lists have files of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import spec
from batches import create_list, email_of, events, members, upsert
from fakes.klaviyo import FakeKlaviyo
from fakes.klaviyo_model import CUSTOMER_ID
from fakes.server import Request
from klaviyo_tool import (
    TOUR,
    failure,
    gather,
    learn,
    make,
    new_list,
    run,
    send,
    settled,
    told,
)
from tools import hurry

from segctl.destinations.klaviyo import Klaviyo, KlaviyoSettings
from segctl.errors import DestinationError
from segctl.protocol import Kind, ListSpec

SPEC = Path(__file__).parents[5].parent / "shared" / "vendor_specs" / "klaviyo.json"
NOT_DESCRIBED = ("/api/accounts", "/api/events", "/api/profiles/")
"""What the cut-down description leaves out; and an import's profiles."""


@pytest.fixture
def fake() -> Iterator[FakeKlaviyo]:
    with FakeKlaviyo() as tool:
        yield tool


# Suppressions, events, attributes


def test_suppressed_are_read_whatever_the_reason(fake: FakeKlaviyo) -> None:
    reasons = ["UNSUBSCRIBE", "HARD_BOUNCE", "SPAM_COMPLAINT", "USER_SUPPRESSED", "INVALID_EMAIL"]
    for number in range(120):
        fake.suppress(f"no{number}@example.com", reasons[number % 5])
    fake.make_profile("yes@example.com")
    found = run(make(fake), lambda t: gather(t.suppressed()))
    assert {who.email for who in found} == {f"no{number}@example.com" for number in range(120)}


def test_events_are_told_once(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    ids = learn(tool, "a")
    batch = events([told("e1"), told("e2", "exited", ids["a"]), told("e3", "entered", "01JGONE")])
    fake.faults.script.extend(["lost", "ok", "ok"])
    for _ in range(2):
        outcome = send(tool, batch)
        assert set(outcome.dead) == {"e3"} and "@" not in outcome.dead["e3"]
    found = sorted(fake.events, key=lambda event: event["unique_id"])
    assert [(event["metric"], event["email"]) for event in found] == [
        ("Segment entered", email_of("a")),
        ("Segment exited", email_of("a")),
    ]
    assert found[0]["properties"] == {"segment": "wine", "changed_on": "2026-03-31"}
    assert found[0]["time"] == "2026-03-31T00:00:00Z"
    assert fake.effects["event", "e1"] == fake.effects["event", "e2"] == 1


def test_attributes_fill_klaviyos_own_fields_where_they_fit() -> None:
    settings = KlaviyoSettings(api_key="env:KEY")
    columns = ["first_name", "language", "time_zone", "country", "city", "orders"]
    assert settings.attribute_names(columns) == {
        "first_name": "first_name",
        "language": "locale",
        "time_zone": "location.timezone",
        "country": "location.country",
        "city": "location.city",
        "orders": "orders",
    }


@pytest.mark.parametrize(
    ("name", "column_type", "said"),
    [
        ("first_name", "BIGINT", "first_name is text at Klaviyo, and BIGINT here"),
        ("location.city", "DATE", "location.city is text"),
        ("location.planet", "VARCHAR", "no field location.planet"),
        ("email", "VARCHAR", "tells profiles apart"),
        ("external_id", "VARCHAR", "tells profiles apart"),
        ("$consent", "VARCHAR", "reserved"),
        (CUSTOMER_ID, "VARCHAR", "reserved"),
    ],
)
def test_attributes_that_klaviyo_cannot_hold(
    fake: FakeKlaviyo, tmp_path: Path, name: str, column_type: str, said: str
) -> None:
    tool = make(fake)
    fine = {"first_name": "VARCHAR", "orders": "BIGINT", "tags": "VARCHAR[]"}
    run(tool, lambda t: t.prepare(fine, tmp_path))
    message = failure(tool, lambda t: t.prepare({name: column_type}, tmp_path))
    assert (said in message and "sync.yml" in message) or "location has" in message
    assert not fake.requests


# The account


def test_connecting_tells_the_account(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    assert run(tool, Klaviyo.connect) == "AbC123"
    assert run(tool, Klaviyo.connect) == "AbC123"  # in another event loop, after close()
    assert tool.identity == "klaviyo:shop"
    assert not fake.writes()
    assert fake.key not in repr(tool)


def test_a_wrong_key(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    fake.revoke_key()
    assert "does not accept the key" in failure(tool, Klaviyo.connect)


@pytest.mark.parametrize("scope", ["accounts:read", "lists:read", "profiles:read"])
def test_a_missing_scope_is_named(fake: FakeKlaviyo, scope: str) -> None:
    fake.drop_scope(scope)
    assert f"the scope {scope}" in failure(make(fake), Klaviyo.connect)


def test_a_paused_account(fake: FakeKlaviyo) -> None:
    fake.pause_account()
    assert "paused" in failure(make(fake), Klaviyo.connect)


def test_a_scope_that_only_writing_shows(fake: FakeKlaviyo) -> None:
    fake.drop_scope("lists:write")
    tool = make(fake)
    run(tool, Klaviyo.connect)
    assert "lists:write" in failure(tool, lambda t: t.send(create_list("wine", TOUR)))


def test_the_users_limits_are_kept(fake: FakeKlaviyo) -> None:
    small = make(fake, limits={"batch_size": 50, "concurrency": 2}, exclusive=True).capabilities
    assert {small.size(kind) for kind in Kind} == {50}
    assert (small.concurrency, small.owns_lists, small.takes_events) == (2, True, True)
    usual = make(fake).capabilities
    assert (usual.size(Kind.UPSERT), usual.size(Kind.ADD)) == (5_000, 1_000)
    assert usual.requests_per_batch[Kind.WITHDRAW] == 0


def test_limits_are_kept_without_being_throttled() -> None:
    speed = 40
    # The fake's windows are shorter than its clock says, for requests that travel unevenly.
    with FakeKlaviyo(enforce_limits=True, scale=0.7 / speed) as fake:
        tool = make(fake)
        hurry(tool.limiter, speed)

        async def work(tool: Klaviyo) -> None:
            made = await tool.send(create_list("wine", TOUR))
            people: dict[str, dict[str, Any]] = {f"k{number}": {} for number in range(2_500)}
            ids = (await settled(tool, upsert(people))).remote_ids
            for key in list(ids)[:40]:
                joining = members(Kind.ADD, "wine", made.remote_ids[""], {key: ids[key]})
                await tool.send(joining)
            await tool.send(events([told(f"e{number}") for number in range(400)]))

        run(tool, work)
        assert fake.throttled == 0
        assert len(fake.requests) > 400


# Access and erasure


def test_what_is_held_on_a_person(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    ids = learn(tool, "a", orders=4)
    list_id = new_list(tool)
    send(tool, members(Kind.ADD, "wine", list_id, ids))
    send(tool, events([told("e1")]))
    held = run(tool, lambda t: t.held(email_of("a"), None))
    [profile] = held["profiles"]
    assert profile["email"] == email_of("a")
    assert profile["properties"] == {CUSTOMER_ID: "a", "orders": 4}
    assert profile["lists"] == [TOUR]
    assert profile["events"][0]["event_properties"]["segment"] == "wine"
    assert profile["events"][0]["metric"] == "Segment entered"
    assert profile["subscriptions"]["email"]["marketing"]["consent"] == "NEVER_SUBSCRIBED"
    other = fake.make_profile("old@example.com")
    assert len(run(tool, lambda t: t.held(email_of("a"), other.id))["profiles"]) == 2
    assert run(tool, lambda t: t.held("nobody@example.com", "01JGONE")) == {}


def test_erasing_goes_by_email_and_by_id_and_can_be_repeated(fake: FakeKlaviyo) -> None:
    tool = make(fake)
    ids = learn(tool, "a", "b")
    old = fake.make_profile("old@example.com")
    for _ in range(2):
        erased = run(tool, lambda t: t.erase(email_of("a"), old.id))
        assert erased.status == "requested"
    fake.finish_deletions()
    assert run(tool, lambda t: t.erase(email_of("a"), old.id)).status == "absent"
    assert {held.email for held in fake.profiles.values()} == {email_of("b")}
    assert run(tool, lambda t: t.erase(email_of("b"), ids["b"])).status == "requested"


# The whole


def repertoire(tool: Klaviyo) -> None:
    """Everything that the destination does, once."""
    run(tool, Klaviyo.connect)
    list_id = new_list(tool)
    send(tool, create_list("wine", "Wine", list_id))
    run(tool, lambda t: t.find_lists([ListSpec("wine", "x", list_id), ListSpec("b", "Wine")]))
    ids = learn(tool, "a", "b", orders=1, first_name="Ada", **{"location.city": "Rome"})
    emptied = {"orders": None, "first_name": None, "location.city": None}
    send(tool, upsert({"a": {**emptied, "email": "n@example.com"}, "c": emptied}, ids))
    send(tool, members(Kind.ADD, "wine", list_id, ids | {"c": None, "d": "01JGONE"}))
    previous = {"a": ids["b"]}
    send(tool, members(Kind.UPDATE, "wine", list_id, {"a": ids["a"]}, previous))
    send(tool, members(Kind.REMOVE, "wine", list_id, ids))
    send(tool, events([told("e1", "entered", ids["b"]), told("e2")]))
    run(tool, lambda t: gather(t.members(list_id)))
    run(tool, lambda t: gather(t.suppressed()))
    run(tool, lambda t: t.held(email_of("b"), ids["b"]))
    run(tool, lambda t: t.erase(email_of("b"), ids["b"]))


def test_everything_through_errors_lost_answers_and_throttling(fake: FakeKlaviyo) -> None:
    faults = fake.faults
    faults.error_rate, faults.lost_rate, faults.half_rate = 0.1, 0.05, 0.03
    faults.throttle_rate, faults.html_rate, faults.refuse_rate = 0.1, 0.03, 0.03
    repertoire(make(fake))
    assert not fake.violations
    assert sum(n for effect, n in fake.effects.items() if effect[0] == "create_list") == 1
    assert {fake.effects["event", key] for key in ("e1", "e2")} == {1}


def test_requests_match_the_vendors_description(fake: FakeKlaviyo) -> None:
    if not SPEC.exists():
        pytest.skip(f"no description of the API at {SPEC}")
    description = spec.load(SPEC)
    checked = []

    def check(request: Request) -> list[str]:
        if request.path.startswith(NOT_DESCRIBED):
            return []
        if request.path.endswith("/profiles") and "import-jobs" in request.path:
            return []
        checked.append(request.path)
        parts = (request.method, request.path, request.query, request.headers, request.body)
        return description.check(*parts)[1]

    fake.check = check
    fake.invalid = {email_of("c")}
    repertoire(make(fake))
    assert not fake.violations
    assert len(checked) > 25
    with pytest.raises(DestinationError):
        run(make(fake), lambda t: gather(t.members("LGONE")))
