"""The Mailchimp destination against a fake account: segments, fields, the account, its limits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import spec
from batches import create_list, members, upsert
from fakes.mailchimp import FakeMailchimp
from fakes.mailchimp_answers import Segment, hash_of
from fakes.server import Request
from tools import connected, failure, known, make_list, run, send

from segctl.destinations.mailchimp import Mailchimp, MailchimpSettings
from segctl.errors import SegctlError
from segctl.protocol import Kind, ListSpec

SPEC = Path(__file__).parents[5].parent / "shared" / "vendor_specs" / "mailchimp.json"
ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"


@pytest.fixture
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp() as tool:
        yield tool


def make(fake: FakeMailchimp, **settings: Any) -> Mailchimp:
    return connected(Mailchimp, MailchimpSettings, fake, **settings)


# Segments


def test_a_lost_answer_makes_one_segment(fake: FakeMailchimp) -> None:
    tool = make(fake)
    fake.faults.script.extend(["ok", "lost", "500", "lost"])
    made = make_list(tool)
    assert fake.effects["create_list", "Lapsed"] == 1
    assert make_list(tool) == made
    assert fake.effects["create_list", "Lapsed"] == 1


def test_a_segment_that_another_made_meanwhile(fake: FakeMailchimp) -> None:
    tool = make(fake)
    audience = tool._audience
    read = audience.segments

    async def late() -> dict[str, str]:
        seen = await read()
        fake.plant("Lapsed", EVE)
        return seen

    audience.segments = late  # type: ignore[method-assign]
    assert make_list(tool) in {str(key) for key in fake.segments}
    assert list(fake.snapshot()) == ["Lapsed"]


def test_a_segment_gets_its_new_title(fake: FakeMailchimp) -> None:
    tool = make(fake)
    ids = known(tool, "ada")
    lapsed = make_list(tool)
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    assert send(tool, create_list("lapsed", "Gone quiet", lapsed)).remote_ids == {"": lapsed}
    assert fake.snapshot() == {"Gone quiet": {ADA}}


def test_finding_segments(fake: FakeMailchimp) -> None:
    for number in range(1100):
        fake.segments[5000 + number] = Segment(f"other {number}")
    fake.plant("Lapsed", EVE)
    key = next(str(k) for k, s in fake.segments.items() if s.name == "Lapsed")
    specs = [
        ListSpec("lapsed", "Lapsed"),
        ListSpec("renamed", "Another title", key),
        ListSpec("gone", "Lapsed", "99"),
        ListSpec("new", "Not there"),
    ]
    found = run(make(fake), lambda t: t.find_lists(specs))
    assert found == {"lapsed": key, "renamed": key}
    assert fake.writes() == []


def test_reading_members_of_every_status(fake: FakeMailchimp) -> None:
    tool = make(fake)
    for number in range(1500):
        fake.plant("Lapsed", f"p{number}@example.com")
    known(tool, "ada")
    fake.plant("Lapsed", ADA)
    fake.suppress("p7@example.com")
    key = str(next(iter(fake.segments)))

    async def read(t: Mailchimp) -> list[Any]:
        return [member async for page in t.members(key) for member in page]

    found = run(tool, read)
    assert {member.email for member in found} == fake.snapshot()["Lapsed"]
    assert all(member.remote_id == hash_of(member.email) for member in found)


def test_reading_who_said_no(fake: FakeMailchimp) -> None:
    for number in range(1200):
        fake.suppress(f"p{number}@example.com")
    fake.plant("Lapsed", ADA)
    fake.plant("Lapsed", EVE)
    fake.people[hash_of(EVE)].status = "cleaned"

    async def read(t: Mailchimp) -> set[str]:
        return {who.email async for page in t.suppressed() for who in page}

    found = run(make(fake), read)
    assert found == {f"p{number}@example.com" for number in range(1200)} | {EVE}


@pytest.mark.parametrize("kind", [Kind.ADD, Kind.REMOVE, Kind.CREATE_LIST])
def test_a_segment_that_was_deleted_by_hand(fake: FakeMailchimp, kind: Kind) -> None:
    tool = make(fake)
    ids = known(tool, "ada")
    lapsed = make_list(tool)
    fake.delete_list("Lapsed")
    if kind is Kind.CREATE_LIST:
        batch = create_list("lapsed", "Lapsed", lapsed)
    else:
        batch = members(kind, "lapsed", lapsed, ids)
    text = failure(tool, lambda t: t.send(batch))
    assert "somebody deleted it" in text
    assert "Plan again" in text

    async def read(t: Mailchimp) -> None:
        async for _ in t.members(lapsed):
            pass

    assert "somebody deleted it" in failure(tool, read)


# Merge fields


def test_missing_merge_fields_are_made(fake: FakeMailchimp, tmp_path: Path) -> None:
    columns = {
        "FNAME": "VARCHAR",
        "ORDERS": "BIGINT",
        "REVENUE": "DECIMAL(18,2)",
        "SINCE": "DATE",
        "SEEN": "TIMESTAMP WITH TIME ZONE",
        "VIP": "BOOLEAN",
    }
    fake.faults.script.extend(["ok", "ok", "lost"])
    run(make(fake), lambda t: t.prepare(columns, tmp_path))
    made = {tag: fake.fields[tag] for tag in columns}
    assert made == {
        "FNAME": "text",
        "ORDERS": "number",
        "REVENUE": "number",
        "SINCE": "date",
        "SEEN": "date",
        "VIP": "text",
    }
    assert set(fake.effects.values()) == {1}
    before = len(fake.writes())
    run(make(fake), lambda t: t.prepare(columns, tmp_path))
    assert len(fake.writes()) == before


@pytest.mark.parametrize(
    ("tag", "column", "complaint"),
    [
        ("ADDRESS", "VARCHAR", "ADDRESS is of type address, but the column"),
        ("ORDERS", "VARCHAR", "ORDERS is of type number, but the column"),
        ("EMAIL", "VARCHAR", "EMAIL is of type email"),
        ("TAGS", "VARCHAR[]", "which Mailchimp cannot hold"),
        ("ELEVENCHARS", "VARCHAR", "ten characters"),
        ("lower", "VARCHAR", "ten characters"),
    ],
)
def test_attributes_that_do_not_fit(
    fake: FakeMailchimp, tmp_path: Path, tag: str, column: str, complaint: str
) -> None:
    fake.fields["ORDERS"] = "number"
    columns = {"AAA": "VARCHAR", tag: column}
    assert complaint in failure(make(fake), lambda t: t.prepare(columns, tmp_path))
    assert fake.writes() == []


def test_too_many_merge_fields(fake: FakeMailchimp, tmp_path: Path) -> None:
    fake.most_fields = len(fake.fields)
    text = failure(make(fake), lambda t: t.prepare({"ORDERS": "BIGINT"}, tmp_path))
    assert "ORDERS" in text
    assert "merge field limit" in text
    assert "30 merge fields" in text


def test_names_of_merge_fields(fake: FakeMailchimp) -> None:
    settings = MailchimpSettings(**fake.settings())
    names = settings.attribute_names(["first_name", "last_name", "orders", "average_order_value"])
    assert names == {
        "first_name": "FNAME",
        "last_name": "LNAME",
        "orders": "ORDERS",
        "average_order_value": "AVERAGE_OR",
    }
    with pytest.raises(SegctlError, match="both be called FIRST_ORDE"):
        settings.attribute_names(["first_order_on", "first_order_value"])


# The account


def test_connecting(fake: FakeMailchimp) -> None:
    tool = make(fake)
    assert run(tool, lambda t: t.connect()) == "acc1/a1b2c3d4e5"
    assert tool.identity == "mailchimp:shop"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (FakeMailchimp.revoke_key, "does not accept the key"),
        (FakeMailchimp.pause_account, "This account has been deactivated"),
        (FakeMailchimp.drop_scope, "the role viewer"),
    ],
)
def test_an_account_that_cannot_be_used(
    fake: FakeMailchimp, change: Callable[[FakeMailchimp], None], complaint: str
) -> None:
    tool = make(fake)
    change(fake)
    assert complaint in failure(tool, lambda t: t.connect())
    assert fake.writes() == []


def test_a_wrong_audience(fake: FakeMailchimp) -> None:
    tool = make(fake, list_id="ffffffffff")
    assert "no audience ffffffffff" in failure(tool, lambda t: t.connect())


def test_the_data_centre_is_in_the_key(fake: FakeMailchimp) -> None:
    settings = MailchimpSettings(**(fake.settings() | {"base_url": None}))
    whole = Mailchimp("shop", settings, lambda reference: fake.key)
    assert str(whole._audience.api.client.base_url) == "https://us6.api.mailchimp.com/3.0/"
    for key in ("0123456789abcdef", "0123456789abcdef-us6.evil.example"):
        tool = Mailchimp("shop", settings, lambda reference, k=key: k)
        text = failure(tool, lambda t: t.connect())
        assert "data centre" in text
        assert "evil" not in text


def test_nothing_personal_in_representations(fake: FakeMailchimp) -> None:
    tool = make(fake)
    run(tool, lambda t: t.connect())
    assert fake.key not in repr(tool) + repr(tool.settings) + repr(tool._audience.__dict__)


# Limits and faults


@pytest.mark.parametrize("bare_403", [True, False])
def test_being_throttled_is_waited_out(bare_403: bool) -> None:
    with FakeMailchimp(bare_403=bare_403) as fake:
        tool = make(fake)
        fake.faults.script.extend(["429-bare", "ok", "429-bare", "429-bare"])
        outcome = send(tool, upsert({"ada": {}, "bob": {}}))
        assert len(outcome.remote_ids) == 2
        assert tool.limiter.throttled == 3


@pytest.mark.parametrize("bare_403", [True, False])
def test_no_more_than_ten_connections(bare_403: bool) -> None:
    with FakeMailchimp(enforce_limits=True, dwell=0.01, bare_403=bare_403) as fake:
        tool = make(fake)
        people = upsert({f"p{number}": {} for number in range(60)})

        async def both(t: Mailchimp) -> None:
            first, second = people.halves()
            await asyncio.gather(t.send(first), t.send(second))

        run(tool, both)
        assert len(fake.people) == 60
        assert fake.throttled == 0
        assert 5 < fake.most_open <= 10


def test_the_fake_does_enforce_its_limit() -> None:
    with FakeMailchimp(enforce_limits=True, connections=3, dwell=0.01) as fake:
        tool = make(fake)
        assert len(send(tool, upsert({f"p{n}": {} for n in range(30)})).remote_ids) == 30
        assert fake.throttled == tool.limiter.throttled > 0


def test_faults_lose_nobody(fake: FakeMailchimp) -> None:
    fake.faults.error_rate = fake.faults.lost_rate = fake.faults.half_rate = 0.05
    fake.faults.html_rate = fake.faults.refuse_rate = 0.03
    people = upsert({f"p{number}": {} for number in range(200)})

    async def sync(t: Mailchimp) -> None:
        ids = (await t.send(people)).remote_ids
        lapsed = (await t.send(create_list("lapsed", "Lapsed"))).remote_ids[""]
        await t.send(members(Kind.ADD, "lapsed", lapsed, dict(ids)))
        await t.send(members(Kind.REMOVE, "lapsed", lapsed, dict(list(ids.items())[:50])))

    run(make(fake), sync)
    assert fake.snapshot() == {"Lapsed": {f"p{number}@example.com" for number in range(50, 200)}}
    assert set(fake.effects.values()) == {1}
    assert fake.violations == []


def test_a_tool_that_does_not_answer_stops_the_run(fake: FakeMailchimp) -> None:
    fake.faults.error_rate = 1.0
    for batch in (upsert({"ada": {}, "bob": {}}), create_list("lapsed", "Lapsed")):
        assert "did not answer 6 times" in failure(make(fake), lambda t, b=batch: t.send(b))


def test_limits_of_the_user(fake: FakeMailchimp) -> None:
    tool = make(fake, limits={"batch_size": 50, "concurrency": 1, "requests_per_second": 3})
    capabilities = tool.capabilities
    assert capabilities.size(Kind.UPSERT) == capabilities.size(Kind.ADD) == 50
    assert capabilities.concurrency == 1
    assert capabilities.requests_per_second == 3
    assert not capabilities.owns_lists
    assert make(fake, exclusive=True).capabilities.owns_lists
    usual = make(fake).capabilities
    assert (usual.size(Kind.UPSERT), usual.size(Kind.ADD)) == (200, 500)


# The vendor's description


def test_requests_are_as_the_vendor_describes_them(fake: FakeMailchimp, tmp_path: Path) -> None:
    if not SPEC.exists():
        pytest.skip(f"no description of the API at {SPEC}")
    description = spec.load(SPEC)

    def check(request: Request) -> list[str]:
        if request.path.endswith(("/3.0/", "/notes", "/events", "/activity-feed")):
            return []  # not in the cut-down description
        asked = (request.method, request.path, request.query, request.headers, request.body)
        return description.check(*asked)[1]

    fake.check = check
    tool = make(fake)
    run(tool, lambda t: t.connect())
    run(tool, lambda t: t.prepare({"ORDERS": "BIGINT"}, tmp_path))
    lapsed = make_list(tool)
    run(tool, lambda t: t.find_lists([ListSpec("lapsed", "Lapsed")]))
    ids = dict(send(tool, upsert({"ada": {"ORDERS": 1}, "bob": {}, "eve": {}})).remote_ids)
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    send(tool, members(Kind.ADD, "lapsed", lapsed, ids))
    new = send(tool, upsert({"ada": {"email": "new@example.com"}}, ids)).remote_ids
    send(tool, members(Kind.UPDATE, "lapsed", lapsed, new, ids, {"ada": "new@example.com"}))
    send(tool, create_list("lapsed", "Gone quiet", lapsed))
    send(tool, members(Kind.REMOVE, "lapsed", lapsed, new))
    send(tool, members(Kind.REVOKE, "lapsed", lapsed, ids))

    async def read(t: Mailchimp) -> None:
        async for _ in t.members(lapsed):
            pass
        async for _ in t.suppressed():
            pass

    run(tool, read)
    run(tool, lambda t: t.held(BOB, None))
    run(tool, lambda t: t.erase(BOB, None))
    assert fake.violations == []
    assert json.dumps(fake.snapshot(), default=list) == '{"Gone quiet": []}'
