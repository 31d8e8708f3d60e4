"""The Brevo destination against a fake account: lists, attributes, the account and its limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from batches import create_list, members, upsert
from fakes.brevo import FakeBrevo
from fakes.brevo_lists import ContactList, error
from tools import connected, failure, hurry, known, make_list, run, send

from segctl.destinations.brevo import Brevo, BrevoSettings
from segctl.protocol import Kind, ListSpec

ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"


@pytest.fixture
def fake() -> Iterator[FakeBrevo]:
    with FakeBrevo() as tool:
        yield tool


def make(fake: FakeBrevo, **settings: Any) -> Brevo:
    return connected(Brevo, BrevoSettings, fake, **settings)


# Lists


def test_a_lost_answer_makes_one_list_in_one_folder(fake: FakeBrevo) -> None:
    tool = make(fake)
    fake.faults.script.extend(["ok", "lost", "500", "ok", "ok", "lost", "ok"])
    made = make_list(tool)
    assert make_list(tool) == made
    assert fake.effects == {("create_folder", "segctl"): 1, ("create_list", "Lapsed"): 1}


def test_lists_that_are_made_at_once_share_a_folder(fake: FakeBrevo) -> None:
    async def both(t: Brevo) -> None:
        await asyncio.gather(*[t.send(create_list(name, name)) for name in ("vip", "lapsed")])

    run(make(fake), both)
    assert set(fake.effects.values()) == {1}
    assert set(fake.snapshot()) == {"vip", "lapsed"}


def test_lists_of_others_are_left_alone(fake: FakeBrevo) -> None:
    fake.lists[5] = ContactList("Lapsed", folder=1)
    tool = make(fake, folder="Segments")
    made = make_list(tool)
    assert made != "5"
    assert fake.effects["create_folder", "Segments"] == 1
    specs = [ListSpec("lapsed", "Lapsed"), ListSpec("adopted", "Whatever", "5")]
    found = run(tool, lambda t: t.find_lists(specs))
    assert found == {"lapsed": made, "adopted": "5"}


def test_finding_lists(fake: FakeBrevo) -> None:
    for number in range(70):
        fake.lists[number + 10] = ContactList(f"other {number}", folder=1)
        fake.folders[number + 10] = f"folder {number}"
    specs = [ListSpec("lapsed", "Lapsed"), ListSpec("gone", "Lapsed", "99999")]
    assert run(make(fake), lambda t: t.find_lists(specs)) == {}
    fake.plant("Lapsed", EVE)
    key = str(max(fake.lists))
    assert run(make(fake), lambda t: t.find_lists(specs)) == {"lapsed": key}
    assert fake.writes() == []


def test_a_list_gets_its_new_title(fake: FakeBrevo) -> None:
    tool = make(fake)
    lapsed = make_list(tool)
    send(tool, members(Kind.ADD, "lapsed", lapsed, known(tool, "ada")))
    assert send(tool, create_list("lapsed", "Gone quiet", lapsed)).remote_ids == {"": lapsed}
    assert fake.snapshot() == {"Gone quiet": {ADA}}


def test_reading_members(fake: FakeBrevo) -> None:
    tool = make(fake)
    for number in range(1200):
        fake.plant("Lapsed", f"p{number}@example.com")
    fake.suppress("p7@example.com")
    key = str(next(iter(fake.lists)))

    async def read(t: Brevo) -> list[Any]:
        return [member async for page in t.members(key) for member in page]

    found = run(tool, read)
    assert {member.email for member in found} == fake.snapshot()["Lapsed"]
    ids = known(tool, "p3")
    assert ids["p3"] in {member.remote_id for member in found}


def test_reading_who_said_no(fake: FakeBrevo) -> None:
    for number in range(2300):
        fake.add_contact(f"p{number}@example.com")
    blocked = {f"p{number}@example.com" for number in range(0, 2300, 7)}
    for email in blocked:
        fake.suppress(email)

    async def read(t: Brevo) -> set[str]:
        return {who.email async for page in t.suppressed() for who in page}

    assert run(make(fake), read) == blocked


@pytest.mark.parametrize("kind", [Kind.ADD, Kind.REMOVE, Kind.CREATE_LIST])
def test_a_list_that_was_deleted_by_hand(fake: FakeBrevo, kind: Kind) -> None:
    tool = make(fake)
    lapsed = make_list(tool)
    ids = known(tool, "ada")
    fake.delete_list("Lapsed")
    if kind is Kind.CREATE_LIST:
        batch = create_list("lapsed", "Lapsed", lapsed)
    else:
        batch = members(kind, "lapsed", lapsed, ids)
    text = failure(tool, lambda t: t.send(batch))
    assert "somebody deleted it" in text
    assert "Plan again" in text

    async def read(t: Brevo) -> None:
        async for _ in t.members(lapsed):
            pass

    assert "somebody deleted it" in failure(tool, read)


# Attributes


def test_missing_attributes_are_made(fake: FakeBrevo, tmp_path: Path) -> None:
    columns = {
        "FIRSTNAME": "VARCHAR",
        "ORDERS": "BIGINT",
        "REVENUE": "DECIMAL(18,2)",
        "SEEN": "TIMESTAMP WITH TIME ZONE",
        "SINCE": "DATE",
        "VIP": "BOOLEAN",
    }
    fake.faults.script.extend(["ok", "ok", "lost"])
    run(make(fake), lambda t: t.prepare(columns, tmp_path))
    made = {name: fake.attributes[name] for name in columns}
    assert made == {
        "FIRSTNAME": ("normal", "text"),
        "ORDERS": ("normal", "float"),
        "REVENUE": ("normal", "float"),
        "SEEN": ("normal", "date"),
        "SINCE": ("normal", "date"),
        "VIP": ("normal", "boolean"),
    }
    assert set(fake.effects.values()) == {1}
    before = len(fake.writes())
    run(make(fake), lambda t: t.prepare(columns, tmp_path))
    assert len(fake.writes()) == before


@pytest.mark.parametrize(
    ("name", "column", "complaint"),
    [
        ("ORDERS", "VARCHAR", "ORDERS is of type float, but the column"),
        ("GENDER", "VARCHAR", "GENDER is of type category, but the column"),
        ("EMAIL", "VARCHAR", "EMAIL cannot be an attribute"),
        ("EXT_ID", "VARCHAR", "EXT_ID cannot be an attribute"),
        ("lower", "VARCHAR", "lower cannot be an attribute"),
        ("TAGS", "VARCHAR[]", "which Brevo cannot hold"),
    ],
)
def test_attributes_that_do_not_fit(
    fake: FakeBrevo, tmp_path: Path, name: str, column: str, complaint: str
) -> None:
    fake.attributes["ORDERS"] = ("normal", "float")
    columns = {"AAA": "VARCHAR", name: column}
    assert complaint in failure(make(fake), lambda t: t.prepare(columns, tmp_path))
    assert fake.writes() == []


def test_names_of_attributes(fake: FakeBrevo) -> None:
    names = BrevoSettings(**fake.settings()).attribute_names(["first_name", "last_name", "orders"])
    assert names == {"first_name": "FIRSTNAME", "last_name": "LASTNAME", "orders": "ORDERS"}


# The account


def test_connecting(fake: FakeBrevo) -> None:
    tool = make(fake)
    assert run(tool, lambda t: t.connect()) == "org1"
    assert tool.identity == "brevo:shop"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (FakeBrevo.revoke_key, "does not accept the key"),
        (FakeBrevo.pause_account, "Your account is suspended"),
        (FakeBrevo.drop_scope, "not allowed to use contacts"),
        (lambda fake: fake.drop_scope("lists"), "not allowed to use lists"),
        (lambda fake: fake.drop_scope("attributes"), "not allowed to use attributes"),
    ],
)
def test_an_account_that_cannot_be_used(
    fake: FakeBrevo, change: Callable[[FakeBrevo], None], complaint: str
) -> None:
    tool = make(fake)
    change(fake)
    assert complaint in failure(tool, lambda t: t.connect())
    assert fake.writes() == []


def test_an_account_that_is_being_checked(fake: FakeBrevo) -> None:
    """Brevo says so with a 400, which is not about the people in the request."""
    tool = make(fake)
    code, message = "account_under_validation", "Your account is under validation"
    fake._refuse = lambda email: error(400, code, message)
    text = failure(tool, lambda t: t.send(upsert({"ada": {}})))
    assert "under validation" in text
    assert "Look into the account" in text


def test_a_contact_that_another_request_works_on_is_waited_for(fake: FakeBrevo) -> None:
    assert make(fake)._account.api.is_throttling(httpx.Response(425))


def test_nothing_personal_in_representations(fake: FakeBrevo) -> None:
    tool = make(fake)
    run(tool, lambda t: t.connect())
    assert fake.key not in repr(tool) + repr(tool.settings) + repr(tool._account.__dict__)


# Limits and faults


def test_being_throttled_is_waited_out(fake: FakeBrevo) -> None:
    tool = make(fake)
    fake.faults.script.extend(["429", "ok", "429-bare"])
    assert set(known(tool, "ada", "bob")) == {"ada", "bob"}
    assert tool.limiter.throttled == 2


def test_a_long_wait_stops_the_run(fake: FakeBrevo) -> None:
    fake.faults.retry_after = 1800
    fake.faults.script.append("429")
    tool = make(fake)
    assert "to be resumed at" in failure(tool, lambda t: t.send(upsert({"ada": {}})))


def test_the_fake_does_enforce_its_limits() -> None:
    with FakeBrevo(enforce_limits=True, scale=0.1) as fake:
        tool = make(fake, rate_tier="extended")
        hurry(tool.limiter, speed=10)
        assert len(known(tool, *[f"p{number}" for number in range(30)])) == 30
        assert fake.throttled == tool.limiter.throttled > 0


def test_faults_lose_nobody(fake: FakeBrevo) -> None:
    fake.faults.error_rate = fake.faults.lost_rate = fake.faults.half_rate = 0.05
    fake.faults.html_rate = fake.faults.refuse_rate = 0.03
    tool = make(fake, rate_tier="extended")
    ids = known(tool, *[f"p{number}" for number in range(100)])
    lapsed = make_list(tool)
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    send(tool, members(Kind.REMOVE, "lapsed", lapsed, dict(list(ids.items())[:50])))
    assert fake.snapshot() == {"Lapsed": {f"p{number}@example.com" for number in range(50, 100)}}
    assert set(fake.effects.values()) == {1}
    assert len(fake.contacts) == 100
    assert fake.violations == []


def test_a_tool_that_does_not_answer_stops_the_run(fake: FakeBrevo) -> None:
    fake.faults.error_rate = 1.0
    for batch in (upsert({"ada": {}, "bob": {}}), create_list("lapsed", "Lapsed")):
        assert "did not answer 6 times" in failure(make(fake), lambda t, b=batch: t.send(b))


def test_limits_of_the_user(fake: FakeBrevo) -> None:
    limits = {"batch_size": 50, "concurrency": 1, "requests_per_second": 3}
    capabilities = make(fake, limits=limits).capabilities
    assert capabilities.size(Kind.UPSERT) == capabilities.size(Kind.ADD) == 50
    assert capabilities.concurrency == 1
    assert capabilities.requests_per_second == 3
    usual = make(fake).capabilities
    assert (usual.size(Kind.UPSERT), usual.size(Kind.ADD)) == (100, 150)
    assert usual.requests_per_second == 10
    assert make(fake, rate_tier="advanced").capabilities.requests_per_second == 20
    assert make(fake, exclusive=True).capabilities.owns_lists
    assert not usual.owns_lists


def test_two_batches_at_once(fake: FakeBrevo) -> None:
    tool = make(fake)
    people = upsert({"ada": {"FIRSTNAME": "Ada"}, "bob": {"FIRSTNAME": "Bob"}})

    async def both(t: Brevo) -> None:
        await asyncio.gather(*[t.send(half) for half in people.halves()])

    run(tool, both)
    assert set(fake.statuses()) == {ADA, BOB}
